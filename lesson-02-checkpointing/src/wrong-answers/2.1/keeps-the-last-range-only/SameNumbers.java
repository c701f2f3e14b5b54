package countingstreams.lesson02.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** Wrong: more than one batch can run again. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SameNumbers extends CountingDStream {

  private static final long serialVersionUID = 1L;

  /** Where numbers arrive, as many at a time as it likes. It keeps them all. */
  public interface Source extends Serializable {

    /** Returns how many numbers have arrived until now: 0 to that, less one. */
    long arrived();
  }

  private final Source source;

  private long lastTime;
  private NumberRange last = new NumberRange(0, 0);

  public SameNumbers(StreamingContext context, Source source, int partitions) {
    super(context, 0, partitions);
    this.source = source;
  }

  /**
   * Returns the numbers that have arrived since the batch before was asked for. A batch that was
   * asked for before, by this driver or by the one that wrote the checkpoint, gets what it had
   * then.
   */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    if (batchTime.milliseconds() != lastTime) {
      lastTime = batchTime.milliseconds();
      last = new NumberRange(last.until(), source.arrived());
    }
    return last;
  }
}
