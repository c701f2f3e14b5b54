package countingstreams.lesson02.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** A list of where each batch ends: batch numbers have no gaps. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SameNumbers extends CountingDStream {

  private static final long serialVersionUID = 1L;

  /** Where numbers arrive, as many at a time as it likes. It keeps them all. */
  public interface Source extends Serializable {

    /** Returns how many numbers have arrived until now: 0 to that, less one. */
    long arrived();
  }

  private final Source source;

  private final ArrayList<Long> ends = new ArrayList<>(List.of(0L));

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
    int batch = (int) batchNumber(batchTime);
    if (batch == ends.size()) {
      ends.add(source.arrived());
    }
    return new NumberRange(ends.get(batch - 1), ends.get(batch));
  }
}
