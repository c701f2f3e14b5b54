package countingstreams.lesson01.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchStarted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;
import scala.collection.immutable.Map$;

@Exercise(
    id = "1.5",
    title = "The slow stage",
    task = "Measure how long batches wait behind a slow stage, and keep their queue short.",
    solves = SlowStage.class,
    todos = 2,
    page = "lesson-01-counting-dstream",
    hints = {
      "A slow stage does not slow the stream down: the timer goes on. Who knows what is queued?"
          + " Start at context().scheduler(). And Spark has measured the delay already: look at"
          + " BatchInfo.",
      "getPendingTimes() lists the batches that run or wait. If there are too many, give this batch"
          + " an empty range, without calling super.rangeOf, which would use the numbers up.",
      "rangeOf: context().scheduler().getPendingTimes().size() >= limit ? new NumberRange(0, 0) :"
          + " super.rangeOf(batchTime). onBatchStarted: put batchInfo().batchTime().milliseconds()"
          + " and (Long) batchInfo().schedulingDelay().get() into delays."
    })
class SlowStageTest {

  private static final int INTERVALS = 12;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String BLOCKED =
      "A batch was not generated, because rangeOf did not return. It runs on the one thread that"
          + " generates the jobs of all streams: if it waits, no batch is made any more. Return an"
          + " empty range, and the numbers wait where they are";

  @Test
  void measuresTheSchedulingDelay() {
    SlowStage.DelayMeter meter = new SlowStage.DelayMeter();
    // Called once by hand: what a listener throws stays in the listener bus.
    try {
      meter.onBatchStarted(started(7000, 7100, 9350));
    } catch (NoSuchElementException e) {
      throw new AssertionError(
          "A batch that has just started has no processing delay yet, and so no total delay: both"
              + " end with the batch. The scheduling delay is known: how long it has waited to"
              + " start.",
          e);
    }
    assertThat(meter.delays())
        .as(
            "Delays, by batch time, in milliseconds. The batch of time 7000 was submitted at 7100"
                + " and has started at 9350")
        .isEqualTo(Map.of(7000L, 2250L));
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  output.collect(new CountingDStream(context, 2, 1));
                  context.addStreamingListener(meter);
                })
            .start()) {
      runner.run(3);
      Map<Long, Long> expected = new HashMap<>(Map.of(7000L, 2250L));
      for (BatchInfo batch : runner.completed()) {
        expected.put(batch.batchTime().milliseconds(), (Long) batch.schedulingDelay().get());
      }
      assertThat(meter.delays())
          .as("Delays of batches 1000, 2000 and 3000 too, as Spark has measured them")
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5})
  void keepsTheQueueShortAndLosesNoNumber(int limit) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  SlowStage stream = new SlowStage(context, 2, 1, limit);
                  output.collect(stream.asJava().transform(rdd -> rdd).dstream(), "stage");
                })
            .start()) {
      assertQueue(runner, limit); // twice: what the first flood leaves behind shows in the second
      assertQueue(runner, limit);
      List<Object> numbers =
          runner.batches().stream().flatMap(batch -> batch.elements().stream()).toList();
      assertThat(numbers)
          .as("All numbers that came out. Those held back are the next ones, none is left out")
          .isEqualTo(LongStream.range(0, numbers.size()).boxed().toList());
    } catch (Exception e) {
      throw explained(e);
    }
  }

  /** Lets a stage fall behind that takes three intervals for a batch, and then catch up. */
  private static void assertQueue(BatchRunner runner, int limit) {
    int before = runner.batches().size();
    List<List<Long>> pending = new ArrayList<>();
    for (int i = 1; i <= INTERVALS; i++) {
      generate(runner);
      pending.add(runner.pendingBatches());
      if (i % 3 == 0) {
        long running = runner.pendingBatches().get(0);
        runner.gate("stage").open(1);
        runner.finish(running);
      }
    }
    runner.gate("stage").open(INTERVALS);
    runner.finish().run(1).gate("stage").close();
    fillUpAndMakeRoom(runner, limit);
    List<Batch> all = runner.batches();
    List<Batch> batches = all.subList(before, before + INTERVALS + 1);
    assertThat(queue(pending, batches))
        .as(
            "Batches with numbers that wait or run, after each of %d intervals, with a stage that"
                + " needs three intervals for each. The limit is %d. A slow stage does not throttle"
                + " the stream: the timer makes a batch every interval, whatever waits",
            INTERVALS, limit)
        .allMatch(length -> length <= limit)
        .as("The same. The limit is %d, and there is room for as many", limit)
        .contains(limit);
    assertThat(batches.subList(0, INTERVALS).stream().filter(b -> !b.elements().isEmpty()).count())
        .as(
            "Batches with numbers, of %d: %d that may wait, and more each time the stage has done"
                + " one and there is room again",
            INTERVALS, limit)
        .isGreaterThan(limit);
    assertThat(batches.get(INTERVALS).elements())
        .as("Numbers of the first batch after the queue has drained, so there is room again")
        .hasSize(2);
    assertThat(all.get(all.size() - 1).elements())
        .as(
            "Numbers of a batch, after the queue was full and all but one of its batches with"
                + " numbers are done. The limit is %d, so there is room again",
            limit)
        .hasSize(2);
  }

  /** Fills the queue, lets all but the last of its batches through, and makes one batch more. */
  private static void fillUpAndMakeRoom(BatchRunner runner, int limit) {
    int done = runner.batches().size();
    for (int i = 0; i <= limit; i++) {
      generate(runner);
    }
    runner.gate("stage").open(limit - 1);
    runner.finish(done + limit - 1);
    generate(runner);
    runner.gate("stage").open(INTERVALS);
    runner.finish().gate("stage").close();
  }

  private static void generate(BatchRunner runner) {
    try {
      assertTimeoutPreemptively(PATIENCE, () -> runner.generate(1), BLOCKED);
    } catch (AssertionError e) {
      runner.gate("stage").open(INTERVALS); // so that whoever waits for room gets it, and ends
      runner.finish();
      throw e;
    }
  }

  private static List<Integer> queue(List<List<Long>> pending, List<Batch> batches) {
    Set<Long> withNumbers =
        batches.stream()
            .filter(batch -> !batch.elements().isEmpty())
            .map(Batch::number)
            .collect(Collectors.toSet());
    return pending.stream()
        .map(p -> (int) p.stream().filter(withNumbers::contains).count())
        .toList();
  }

  private static RuntimeException explained(Exception e) {
    if (String.valueOf(e.getMessage()).contains("Couldn't generate RDD")) {
      throw new AssertionError(
          "A batch without an RDD: a transform() downstream fails on it. A batch that is held back"
              + " has an empty range. Spark says: "
              + e.getMessage(),
          e);
    }
    if (e instanceof NullPointerException) {
      throw new AssertionError(
          "rangeOf has to return a range, if only an empty one. Java says: " + e.getMessage(), e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }

  private static StreamingListenerBatchStarted started(long time, long submitted, long started) {
    return new StreamingListenerBatchStarted(
        new BatchInfo(
            new Time(time),
            Map$.MODULE$.empty(),
            submitted,
            Option.apply(started),
            Option.empty(),
            Map$.MODULE$.empty()));
  }
}
