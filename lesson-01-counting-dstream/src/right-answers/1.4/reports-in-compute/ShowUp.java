package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import scala.Option;
import scala.collection.immutable.Map$;

/** Another way: the range is kept, and reported when the RDD is there. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ShowUp extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private NumberRange range;

  public ShowUp(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    range = super.rangeOf(batchTime);
    return range;
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    Option<RDD<Long>> batch = super.compute(batchTime);
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(batchTime, new StreamInputInfo(id(), range.size(), Map$.MODULE$.empty()));
    return batch;
  }
}
