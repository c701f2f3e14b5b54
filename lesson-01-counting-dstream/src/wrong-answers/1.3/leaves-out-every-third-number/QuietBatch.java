package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;

/** Wrong: every third number is left out, instead of every third batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    return Option.apply(
        super.compute(batchTime).get().toJavaRDD().filter(number -> number % 3 != 2).rdd());
  }
}
