package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchStarted;

/** Exercise 1.5, The slow stage: see how late the batches are, and keep the queue short. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SlowStage extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private final int limit;

  /** A stream that has at most so many batches with numbers waiting or running at any time. */
  public SlowStage(StreamingContext context, int numbersPerBatch, int partitions, int limit) {
    super(context, numbersPerBatch, partitions);
    this.limit = limit;
  }

  /**
   * Returns the next numbers, or an empty range while the queue is full. No number is lost: those
   * held back are the next ones, once there is room.
   */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    // TODO 1.5: ask the scheduler which batches are pending
    throw new UnsupportedOperationException("TODO 1.5: keep the queue short");
  }

  /** Measures how long each batch has waited in the queue. */
  public static final class DelayMeter implements StreamingListener {

    private final Map<Long, Long> delays = new ConcurrentSkipListMap<>();

    /** Puts the scheduling delay of the batch under its batch time, both in milliseconds. */
    @Override
    public void onBatchStarted(StreamingListenerBatchStarted started) {
      // TODO 1.5: keep the scheduling delay of the batch that has started
      throw new UnsupportedOperationException("TODO 1.5: measure the scheduling delay");
    }

    /** Returns the scheduling delays by batch time, in milliseconds. */
    public Map<Long, Long> delays() {
      return Map.copyOf(delays);
    }
  }
}
