package countingstreams.lesson02.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** Wrong: it knows where to go on, not what each batch had. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SameNumbers extends CountingDStream {

  private static final long serialVersionUID = 1L;

  /** Where numbers arrive, as many at a time as it likes. It keeps them all. */
  public interface Source extends Serializable {

    /** Returns how many numbers have arrived until now: 0 to that, less one. */
    long arrived();
  }

  private final Source source;

  private long next;

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
    NumberRange range = new NumberRange(next, source.arrived());
    next = range.until();
    return range;
  }
}
