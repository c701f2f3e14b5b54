package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;

/** Another way: the quiet batch has a range like any other, and there is nothing in it. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    return super.compute(batchTime);
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    return batchNumber(batchTime) % 3 == 0 ? new NumberRange(0, 0) : super.rangeOf(batchTime);
  }
}
