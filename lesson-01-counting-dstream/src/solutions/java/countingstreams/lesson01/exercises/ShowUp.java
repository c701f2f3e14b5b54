package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import scala.collection.immutable.Map;

/** Exercise 1.4, Show up in the UI: tell Spark how many numbers a batch has. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ShowUp extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public ShowUp(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  /** Returns which numbers a batch gets, and reports how many to the engine. Runs no Spark job. */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = super.rangeOf(batchTime);
    // The web UI shows this text on the page of the batch.
    Map<String, Object> metadata =
        new Map.Map1<>(StreamInputInfo.METADATA_KEY_DESCRIPTION(), range.toString());
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(batchTime, new StreamInputInfo(id(), range.size(), metadata));
    return range;
  }
}
