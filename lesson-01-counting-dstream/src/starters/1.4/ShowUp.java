package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

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
    // TODO 1.4: report the range to the engine's input info tracker, under the id of this stream
    throw new UnsupportedOperationException("TODO 1.4: report the input of the batch");
  }
}
