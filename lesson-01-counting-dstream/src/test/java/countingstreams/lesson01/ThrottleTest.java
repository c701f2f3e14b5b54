package countingstreams.lesson01;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Puts to the test that a slow stage throttles itself: how many batches wait, and how long, behind
 * an output that needs three intervals.
 */
@Tag("course-check")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class ThrottleTest {

  private static final int INTERVALS = 31;
  private static final int NEEDED = 3;
  private static final int LIMIT = 3;
  private static final int MOST = LIMIT * NEEDED;
  private static final int NO_LIMIT = Integer.MAX_VALUE;
  private static final Path CHARTS = Path.of("../docs/data/charts");

  // #region throttle
  @Test
  @DisplayName("The queue and the wait grow with each batch, unless the stream asks what waits")
  void queueAndWait() {
    Seen unbounded = behindASlowStage(NO_LIMIT);
    Seen bounded = behindASlowStage(LIMIT);
    assertThat(unbounded.queue())
        .as("One of three batches gets done")
        .allSatisfy((now, length) -> assertThat(length).isEqualTo(now - (now - 1) / NEEDED));
    assertThat(unbounded.waited())
        .as("Each waits for two intervals longer than the one before it")
        .hasSize((INTERVALS - 1) / NEEDED + 1)
        .allSatisfy((batch, wait) -> assertThat(wait).isEqualTo((batch - 1) * (NEEDED - 1)));
    assertThat(bounded.queue().values()).hasSize(INTERVALS).allMatch(length -> length <= MOST);
    assertThat(bounded.waited().values())
        .hasSizeGreaterThan(INTERVALS - MOST)
        .allMatch(wait -> wait < MOST);
    chart(
            "that wait or run",
            "intervals since the start",
            "batches",
            unbounded.queue(),
            bounded.queue())
        .assertSameAs(CHARTS.resolve("claim-slow-stage.json"));
    chart(
            "until a batch's job starts",
            "number of the batch",
            "intervals",
            unbounded.waited(),
            bounded.waited())
        .assertSameAs(CHARTS.resolve("claim-slow-stage-wait.json"));
  }

  /** Generates a batch each interval. The slow output takes three for each that has numbers. */
  private static Seen behindASlowStage(int limit) {
    Seen seen = new Seen(new TreeMap<>(), new TreeMap<>());
    Asking[] stream = new Asking[1];
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  stream[0] = new Asking(context, limit);
                  output.collect(stream[0], "stage");
                })
            .start()) {
      int began = 0;
      for (int now = 1; now <= INTERVALS; now++) {
        boolean idle = runner.pendingBatches().isEmpty();
        runner.generate(1);
        if (idle) {
          runner.awaitCollected(now);
          began = now;
        } else if (now - began == NEEDED) {
          endOne(runner, stream[0]);
          began = now;
        }
        seen.look(runner, now);
      }
    }
    return seen;
  }

  /** Ends the batch that runs, and waits until the next one that has numbers is at the gate. */
  private static void endOne(BatchRunner runner, Asking stream) {
    List<Long> pending = runner.pendingBatches();
    runner.gate("stage").open(1);
    Optional<Long> next = pending.stream().skip(1).filter(stream.withNumbers::contains).findFirst();
    if (next.isPresent()) {
      runner.finish(next.get() - 1).awaitCollected(next.get().intValue());
    } else {
      runner.finish();
    }
  }

  /**
   * What was seen, in each interval, once the engine had nothing more to do in it.
   *
   * @param queue batches that wait or run, by interval
   * @param waited intervals that a batch has waited until its job has started, by batch
   */
  private record Seen(Map<Integer, Integer> queue, Map<Integer, Integer> waited) {

    void look(BatchRunner runner, int now) {
      queue.put(now, runner.pendingBatches().size());
      runner.batches().forEach(b -> waited.putIfAbsent((int) b.number(), now - (int) b.number()));
    }
  }

  /** Has no numbers while as many batches wait or run as are allowed. */
  private static final class Asking extends CountingDStream {

    private static final long serialVersionUID = 1L;

    private final int limit;
    private final transient Set<Long> withNumbers = ConcurrentHashMap.newKeySet();

    Asking(StreamingContext context, int limit) {
      super(context, 2, 1);
      this.limit = limit;
    }

    @Override
    protected NumberRange rangeOf(Time batchTime) {
      if (context().scheduler().getPendingTimes().size() >= limit) {
        return new NumberRange(0, 0);
      }
      withNumbers.add(batchNumber(batchTime));
      return super.rangeOf(batchTime);
    }
  }

  // #endregion throttle

  private static Chart chart(
      String what,
      String of,
      String unit,
      Map<Integer, Integer> unbounded,
      Map<Integer, Integer> bounded) {
    return new Chart(
        "%s %s, behind an output that needs three intervals"
            .formatted(Character.toUpperCase(unit.charAt(0)) + unit.substring(1), what),
        "%d intervals, 2 numbers a batch in 1 partition, one job at a time; the clock is manual"
            .formatted(INTERVALS),
        "None: the clock is manual, each run gives the same",
        Axis.of(of, "", Scale.LINEAR),
        Axis.of(unit + " " + what, "", Scale.LINEAR),
        List.of(
            series("no bound: Spark's default", unbounded),
            series("a stream that has nothing while %d wait or run".formatted(LIMIT), bounded)),
        "mvn -Plesson-01 -Pcourse-check test -Dtest=ThrottleTest",
        null);
  }

  private static Series series(String name, Map<Integer, Integer> values) {
    return new Series(
        name,
        values.entrySet().stream()
            .map(entry -> Point.exact(entry.getKey(), entry.getValue()))
            .toList());
  }
}
