package countingstreams.lesson02.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import java.util.TreeMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** Exercise 2.1, The same batch, the same numbers: from a source that is asked what is new. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SameNumbers extends CountingDStream {

  private static final long serialVersionUID = 1L;

  /** Where numbers arrive, as many at a time as it likes. It keeps them all. */
  public interface Source extends Serializable {

    /** Returns how many numbers have arrived until now: 0 to that, less one. */
    long arrived();
  }

  private final Source source;

  private static TreeMap<Long, NumberRange> ranges;

  public SameNumbers(StreamingContext context, Source source, int partitions) {
    super(context, 0, partitions);
    this.source = source;
    ranges = new TreeMap<>();
  }

  /**
   * Returns the numbers that have arrived since the batch before was asked for. A batch that was
   * asked for before, by this driver or by the one that wrote the checkpoint, gets what it had
   * then.
   */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    long from = ranges.isEmpty() ? 0 : ranges.lastEntry().getValue().until();
    return ranges.computeIfAbsent(
        batchTime.milliseconds(), time -> new NumberRange(from, source.arrived()));
  }
}
