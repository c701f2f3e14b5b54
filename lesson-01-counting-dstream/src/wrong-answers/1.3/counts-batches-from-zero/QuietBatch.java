package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;

/** Wrong: a counter that starts at 0 is quiet in batches 1, 4 and 7. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private int calls;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    if (calls++ % 3 != 0) {
      return super.compute(batchTime);
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return Option.apply(spark.<Long>emptyRDD().rdd());
  }
}
