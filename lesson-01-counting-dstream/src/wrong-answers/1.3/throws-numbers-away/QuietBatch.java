package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;

/** Wrong: super.compute takes the next numbers, and a filter then drops them. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    Option<RDD<Long>> batch = super.compute(batchTime);
    if (batchNumber(batchTime) % 3 != 0) {
      return batch;
    }
    return Option.apply(batch.get().toJavaRDD().filter(number -> false).rdd());
  }
}
