package countingstreams.lesson02.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import scala.reflect.ClassTag$;

/** Exercise 2.4, Forget in time: a record that stays small, with two batches at a time. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ForgetInTime extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private final RangeRecord record = new RangeRecord();

  public ForgetInTime(StreamingContext context, int numbersPerBatch) {
    super(context, numbersPerBatch, 1);
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = record.ranges.get(batchTime.milliseconds());
    if (range == null) {
      range = super.rangeOf(batchTime);
      record.ranges.put(batchTime.milliseconds(), range);
    }
    return range;
  }

  @Override
  public DStreamCheckpointData<Long> checkpointData() {
    return record;
  }

  /** Returns which batch times are in the record, in milliseconds, with their ranges. */
  public Map<Long, NumberRange> recorded() {
    return record.ranges;
  }

  private final class RangeRecord extends DStreamCheckpointData<Long> {

    private static final long serialVersionUID = 1L;

    private final TreeMap<Long, NumberRange> ranges = new TreeMap<>();
    private final TreeSet<Long> done = new TreeSet<>();

    RangeRecord() {
      super(ForgetInTime.this, ClassTag$.MODULE$.apply(Long.class));
    }

    @Override
    public void update(Time checkpointTime) {}

    /**
     * Forgets the batches that no checkpoint to come will run again. Called once the checkpoint
     * that says that a batch is done is on disk; with two jobs at a time, not in the order of time.
     */
    @Override
    public void cleanup(Time batchTime) {
      done.add(batchTime.milliseconds());
      while (!ranges.isEmpty() && done.remove(ranges.firstKey())) {
        ranges.pollFirstEntry();
      }
    }

    @Override
    public void restore() {}
  }
}
