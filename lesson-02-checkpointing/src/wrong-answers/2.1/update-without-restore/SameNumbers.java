package countingstreams.lesson02.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import java.util.TreeMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import scala.reflect.ClassTag$;

/** Wrong: it puts the record into the checkpoint data, and never takes it out. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SameNumbers extends CountingDStream {

  private static final long serialVersionUID = 1L;

  /** Where numbers arrive, as many at a time as it likes. It keeps them all. */
  public interface Source extends Serializable {

    /** Returns how many numbers have arrived until now: 0 to that, less one. */
    long arrived();
  }

  private final Source source;

  private transient TreeMap<Long, NumberRange> ranges = new TreeMap<>();
  private final Data data = new Data();

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
    if (ranges == null) {
      ranges = new TreeMap<>();
    }
    long from = ranges.isEmpty() ? 0 : ranges.lastEntry().getValue().until();
    return ranges.computeIfAbsent(
        batchTime.milliseconds(), time -> new NumberRange(from, source.arrived()));
  }

  @Override
  public DStreamCheckpointData<Long> checkpointData() {
    return data;
  }

  private final class Data extends DStreamCheckpointData<Long> {

    private static final long serialVersionUID = 1L;

    private TreeMap<Long, NumberRange> saved = new TreeMap<>();

    Data() {
      super(SameNumbers.this, ClassTag$.MODULE$.apply(Long.class));
    }

    @Override
    public void update(Time time) {
      saved = new TreeMap<>(ranges == null ? saved : ranges);
    }
  }
}
