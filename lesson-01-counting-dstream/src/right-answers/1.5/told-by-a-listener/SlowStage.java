package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchStarted;

/** Another way: a listener says which batches are done. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class SlowStage extends CountingDStream {

  private static final long serialVersionUID = 1L;

  private final int limit;
  private final Set<Time> waiting = ConcurrentHashMap.newKeySet();

  public SlowStage(StreamingContext context, int numbersPerBatch, int partitions, int limit) {
    super(context, numbersPerBatch, partitions);
    this.limit = limit;
    context.addStreamingListener(
        new StreamingListener() {
          @Override
          public void onBatchCompleted(StreamingListenerBatchCompleted completed) {
            waiting.remove(completed.batchInfo().batchTime());
          }
        });
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    if (waiting.size() >= limit) {
      return new NumberRange(0, 0);
    }
    waiting.add(batchTime);
    return super.rangeOf(batchTime);
  }

  /** Measures how long each batch has waited in the queue. */
  public static final class DelayMeter implements StreamingListener {

    private final Map<Long, Long> delays = new ConcurrentSkipListMap<>();

    @Override
    public void onBatchStarted(StreamingListenerBatchStarted started) {
      BatchInfo batch = started.batchInfo();
      delays.put(
          batch.batchTime().milliseconds(),
          (Long) batch.processingStartTime().get() - batch.submissionTime());
    }

    /** Returns the scheduling delays by batch time, in milliseconds. */
    public Map<Long, Long> delays() {
      return Map.copyOf(delays);
    }
  }
}
