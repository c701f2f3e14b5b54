package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;

/** Wrong: the remainder 2 belongs to batches 2, 5 and 8. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    if (batchNumber(batchTime) % 3 != 2) {
      return super.compute(batchTime);
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return Option.apply(spark.<Long>emptyRDD().rdd());
  }
}
