package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import scala.collection.immutable.Map$;

/** Wrong: the report is made at the start and again at the end. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ShowUp extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public ShowUp(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = super.rangeOf(batchTime);
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(batchTime, new StreamInputInfo(id(), 0, Map$.MODULE$.empty()));
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(batchTime, new StreamInputInfo(id(), range.size(), Map$.MODULE$.empty()));
    return range;
  }
}
