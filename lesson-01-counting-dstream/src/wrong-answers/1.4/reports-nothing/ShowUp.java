package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** Wrong: a line on the console is not what the web UI shows. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ShowUp extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public ShowUp(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = super.rangeOf(batchTime);
    System.out.println(batchTime + ": " + range.size() + " numbers");
    return range;
  }
}
