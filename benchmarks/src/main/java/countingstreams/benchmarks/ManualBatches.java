package countingstreams.benchmarks;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.util.ManualClock;

/** Runs the batches of a streaming context one by one, with a manual clock. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class ManualBatches {

  private static final long INTERVAL_MS = 1000;
  private static final long PATIENCE_MINUTES = 10;
  private static final long GLANCE_NS = 100_000;

  private final BlockingQueue<Time> completed = new LinkedBlockingQueue<>();
  private final JavaStreamingContext context;

  /** Makes a context that has not been started. */
  ManualBatches(SparkConf conf) {
    conf.set("spark.streaming.clock", ManualClock.class.getName());
    context = new JavaStreamingContext(conf, Durations.milliseconds(INTERVAL_MS));
    context
        .ssc()
        .addStreamingListener(
            new StreamingListener() {
              @Override
              public void onBatchCompleted(StreamingListenerBatchCompleted batch) {
                completed.add(batch.batchInfo().batchTime());
              }
            });
  }

  JavaStreamingContext context() {
    return context;
  }

  /**
   * Runs the next batch, and waits until the engine says that it is completed.
   *
   * @return its batch time
   * @throws IllegalStateException if it takes more than ten minutes
   */
  Time next() throws InterruptedException {
    ((ManualClock) context.ssc().scheduler().clock()).advance(INTERVAL_MS);
    Time batchTime = completed.poll(PATIENCE_MINUTES, TimeUnit.MINUTES);
    if (batchTime == null) {
      throw new IllegalStateException("A batch takes more than 10 minutes.");
    }
    return batchTime;
  }

  /** Throws what has failed in a batch, or says that it had too few outputs. */
  IllegalStateException missingOutput() throws InterruptedException {
    context.awaitTerminationOrTimeout(0); // throws what has failed
    return new IllegalStateException("A batch had no output.");
  }

  /** Waits for what the engine does once a batch is completed: old RDDs, old files, checkpoints. */
  void settle(Time batchTime) {
    while (!batchTime.equals(context.ssc().scheduler().jobGenerator().lastProcessedBatch())) {
      LockSupport.parkNanos(GLANCE_NS);
      context.ssc().awaitTerminationOrTimeout(0); // throws what has failed
    }
  }
}
