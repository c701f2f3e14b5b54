package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import scala.collection.immutable.Map$;

/** Wrong: the report is right, and the stream starts from 0 again in each batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ShowUp extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private final int numbersPerBatch;

  public ShowUp(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
    this.numbersPerBatch = numbersPerBatch;
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = new NumberRange(0, numbersPerBatch);
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(batchTime, new StreamInputInfo(id(), range.size(), Map$.MODULE$.empty()));
    return range;
  }
}
