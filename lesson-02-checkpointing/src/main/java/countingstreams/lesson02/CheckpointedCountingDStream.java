package countingstreams.lesson02;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * A counting stream that gives a batch time the same numbers each time it is asked, also after the
 * driver was killed and started again from a checkpoint.
 *
 * <p>It records which range each batch time got, and the record is part of the checkpoint. So a
 * batch that runs again finds its range there. A batch that is not in the record was generated
 * after the checkpoint: it gets the next range, which is the one it had, because batches come in
 * the order of time and all get as many numbers.
 *
 * <p>Batches have to complete in the order of time, which they do unless {@code
 * spark.streaming.concurrentJobs} is more than 1. And someone has to find out if a byte of a file
 * has changed: a file system with checksums, or {@link SafeLz4Codec}.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CheckpointedCountingDStream extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private final RangeRecord record = new RangeRecord();

  /**
   * Adds the stream to a context that has not been started.
   *
   * @see CountingDStream#CountingDStream
   */
  public CheckpointedCountingDStream(
      StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  // #region range-of
  /** Returns which numbers a batch gets: those it had, if it is in the record. */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = record.ranges.get(batchTime.milliseconds());
    if (range == null) {
      range = super.rangeOf(batchTime);
      record.ranges.put(batchTime.milliseconds(), range);
    }
    return range;
  }

  // #endregion range-of

  /** Returns what of this stream the engine updates, cleans up and restores with a checkpoint. */
  @Override
  public DStreamCheckpointData<Long> checkpointData() {
    return record;
  }

  /** Returns the record: which range each batch time got, in milliseconds. */
  public final Map<Long, NumberRange> recordedRanges() {
    return Collections.unmodifiableMap(record.ranges);
  }

  // #region range-record
  /**
   * Which range each batch time got. The engine calls its methods on the thread that generates
   * jobs, after a restart at first on the one that starts the context, and serializes it together
   * with the stream, under the same lock as {@code compute}: so the record and the stream's
   * position always are of the same moment.
   */
  private final class RangeRecord extends DStreamCheckpointData<Long> {

    private static final long serialVersionUID = 1L;

    /** By batch time, in milliseconds. */
    private final TreeMap<Long, NumberRange> ranges = new TreeMap<>();

    RangeRecord() {
      super(CheckpointedCountingDStream.this, ClassTag$.MODULE$.apply(Long.class));
    }

    /** Called before each checkpoint. The record is up to date: rangeOf has seen to that. */
    @Override
    public void update(Time checkpointTime) {}

    /**
     * Called once the checkpoint of a batch that is done is on disk. A batch that is still pending
     * will have a checkpoint of its own time, which runs again all from that time on: so nothing
     * from the oldest of them on may go. One whose job has failed stays pending until a restart
     * runs it.
     */
    @Override
    public void cleanup(Time done) {
      ranges.headMap(firstToRunAgain(done)).clear();
    }

    /**
     * Called once after a restart. The record has come back with the stream: nothing to rebuild.
     */
    @Override
    public void restore() {}
  }

  /**
   * Returns the first batch time, in milliseconds, that a checkpoint taken now for a batch would
   * run again: the oldest that is pending, or the batch's own.
   */
  public final long firstToRunAgain(Time checkpointTime) {
    return CollectionConverters.asJava(context().scheduler().getPendingTimes()).stream()
        .mapToLong(Time::milliseconds)
        .reduce(checkpointTime.milliseconds(), Math::min);
  }
  // #endregion range-record
}
