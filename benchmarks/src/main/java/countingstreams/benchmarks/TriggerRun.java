package countingstreams.benchmarks;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.io.FileUtils;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStreamBase;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A query that lasts for so many events. An event is the {@link System#nanoTime} of when it was
 * added.
 */
final class TriggerRun {

  private static final int PATIENCE_MS = 60_000;
  private static final int LOOK_MS = 100;

  /** Tasks are threads of this JVM, and get copies of the writer: they note here. */
  private static volatile TriggerRun current;

  private final int warmup;
  private final long[] latencies; // ns
  private final Set<Long> batches = ConcurrentHashMap.newKeySet();
  private final CountDownLatch done = new CountDownLatch(1);
  private List<Double> logsMs = List.of();
  private int arrived;
  private long last = Long.MIN_VALUE;

  private TriggerRun(int warmup, int events) {
    this.warmup = warmup;
    this.latencies = new long[events];
  }

  /**
   * Runs a query.
   *
   * @param warmup the number of events before those that count
   * @param events the number of events that count
   * @param everyMs milliseconds from an event to the next
   * @throws IllegalStateException if an event gets lost
   * @throws StreamingQueryException if the query fails, as it does if events come twice or not in
   *     order
   */
  static TriggerRun of(
      SparkSession spark, TriggerSetting setting, int warmup, int events, int everyMs)
      throws IOException, InterruptedException, StreamingQueryException, TimeoutException {
    TriggerRun run = new TriggerRun(warmup, events);
    current = run;
    MemoryStreamBase<Long> source = setting.source(spark);
    MapFunction<Long, Long> map = event -> event;
    Path checkpoint = Files.createTempDirectory("triggers-");
    StreamingQuery query =
        source
            .toDS()
            .map(map, Encoders.LONG())
            .writeStream()
            .outputMode("update") // the only one that a real-time query takes
            .option("checkpointLocation", checkpoint.toUri().toString())
            .trigger(setting.trigger())
            .foreach(new Writer())
            .start();
    try {
      run.add(source, everyMs);
      run.await(query);
      run.logsMs = logsMs(query);
    } finally {
      query.stop();
      FileUtils.deleteQuietly(checkpoint.toFile());
    }
    return run;
  }

  /** Returns the latencies of the events that count, in the order of the events, in ms. */
  double[] latenciesMs() {
    return Arrays.stream(latencies).mapToDouble(ns -> ns / 1e6).toArray();
  }

  /** Returns in how many batches or epochs the events that count have come. */
  int batches() {
    return batches.size();
  }

  /**
   * Returns what the two logs of a batch took, in ms, for the last batches that are done; nothing
   * if the trigger does not report it.
   */
  List<Double> logsMs() {
    return logsMs;
  }

  private static List<Double> logsMs(StreamingQuery query) {
    return Arrays.stream(query.recentProgress())
        .map(StreamingQueryProgress::durationMs)
        .filter(ms -> ms.containsKey("walCommit") && ms.containsKey("commitOffsets"))
        .map(ms -> (double) ms.get("walCommit") + ms.get("commitOffsets"))
        .toList();
  }

  /** A late event does not move the ones after it. */
  private void add(MemoryStreamBase<Long> source, int everyMs) {
    long start = System.nanoTime();
    for (int i = 0; i < warmup + latencies.length; i++) {
      long due = start + MILLISECONDS.toNanos((long) i * everyMs);
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      source.addData(CollectionConverters.asScala(List.of(System.nanoTime())));
    }
  }

  private void await(StreamingQuery query) throws InterruptedException, StreamingQueryException {
    for (int waited = 0; !done.await(LOOK_MS, MILLISECONDS); waited += LOOK_MS) {
      if (query.exception().isDefined()) {
        throw query.exception().get();
      }
      if (waited > PATIENCE_MS) {
        throw new IllegalStateException(
            "%d of %d events have not arrived"
                .formatted(warmup + latencies.length - arrived(), warmup + latencies.length));
      }
    }
  }

  private synchronized int arrived() {
    return arrived;
  }

  private synchronized void arrive(long event, long batch, long now) {
    if (event <= last) {
      throw new IllegalStateException("An event has come twice, or not in order.");
    }
    last = event;
    int counted = arrived - warmup;
    arrived++;
    if (counted >= 0) {
      latencies[counted] = now - event;
      batches.add(batch);
    }
    if (arrived == warmup + latencies.length) {
      done.countDown();
    }
  }

  private static final class Writer extends ForeachWriter<Long> {

    private static final long serialVersionUID = 1;

    private long batch;

    @Override
    public boolean open(long partition, long batch) {
      this.batch = batch;
      return true;
    }

    @Override
    public void process(Long event) {
      current.arrive(event, batch, System.nanoTime());
    }

    @Override
    public void close(Throwable error) {}
  }
}
