package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchStarted;

/** Wrong: the queue is called full while there is room for one more. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SlowStage extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private final int limit;

  public SlowStage(StreamingContext context, int numbersPerBatch, int partitions, int limit) {
    super(context, numbersPerBatch, partitions);
    this.limit = limit;
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    boolean full = context().scheduler().getPendingTimes().size() >= limit - 1;
    return full ? new NumberRange(0, 0) : super.rangeOf(batchTime);
  }

  /** Measures how long each batch has waited in the queue. */
  public static final class DelayMeter implements StreamingListener {

    private final Map<Long, Long> delays = new ConcurrentSkipListMap<>();

    @Override
    public void onBatchStarted(StreamingListenerBatchStarted started) {
      BatchInfo batch = started.batchInfo();
      delays.put(batch.batchTime().milliseconds(), (Long) batch.schedulingDelay().get());
    }

    /** Returns the scheduling delays by batch time, in milliseconds. */
    public Map<Long, Long> delays() {
      return Map.copyOf(delays);
    }
  }
}
