package countingstreams.lesson02;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.spark.streaming.StreamingContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Proves what the page of lesson 2 says of the two streams: the one that forgets, and the other.
 */
class CheckpointedCountingDStreamTest {

  private static final Comparator<String> BY_BATCH =
      Comparator.comparingInt(line -> Integer.parseInt(line.split(" ")[1]));

  @Nested
  @DisplayName("A plain counter in a checkpoint")
  class PlainCounter {

    // #region trap-other-numbers
    @Test
    @DisplayName("Killed after batch 5 printed 20 to 24, it gives the same batch 25 to 29")
    void givesABatchOtherNumbers() {
      try (BatchRunner runner = running(CountingDStream::new)) {
        runner.run(5).crash().recover(0);
        assertThat(runner.lines())
            .endsWith(
                "batch 5 | partition 0 | 20 21 22 23 24", //
                "batch 5 | partition 0 | 25 26 27 28 29");
      }
    }

    // #endregion trap-other-numbers

    // #region trap-lost-numbers
    @Test
    @DisplayName("Killed with batches 3 and 4 queued, it never prints their numbers, 10 to 19")
    void losesQueuedNumbers() {
      try (BatchRunner runner = running(CountingDStream::new)) {
        killWithTwoQueued(runner).recover(2).run(1);
        Transcript.assertMatches("plain-counter-killed", runner.lines());
      }
    }
    // #endregion trap-lost-numbers
  }

  @Nested
  @DisplayName("Ranges recorded in the checkpoint")
  class RecordedRanges {

    // #region same-numbers
    @Test
    @DisplayName("Killed in the same way: batches 2 to 4 run again, each with the numbers it had")
    void givesEachBatchTheNumbersItHad() {
      try (BatchRunner runner = running(CheckpointedCountingDStream::new)) {
        killWithTwoQueued(runner).recover(2).run(1);
        Transcript.assertMatches("recorded-ranges-killed", runner.lines());
      }
    }

    // #endregion same-numbers

    // #region killed-twice
    @Test
    @DisplayName("Killed again while it catches up, it still gives each batch its numbers")
    void survivesASecondKill() {
      try (BatchRunner runner = running(CheckpointedCountingDStream::new)) {
        killWithTwoQueued(runner).recover(4).run(1).crash().recover(3).run(1);
        assertThat(runner.lines().stream().distinct().sorted(BY_BATCH))
            .isEqualTo(
                LongStream.rangeClosed(1, 13)
                    .mapToObj(CheckpointedCountingDStreamTest::rightLine)
                    .toList());
      }
    }

    // #endregion killed-twice

    // #region bounded
    @Test
    @DisplayName("The record holds what may run again, and stays as small when the run goes on")
    void theRecordIsBounded() {
      CheckpointedCountingDStream[] stream = new CheckpointedCountingDStream[1];
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    stream[0] = new CheckpointedCountingDStream(context, 5, 1);
                    output.collect(stream[0], "stage");
                  })
              .withCheckpoint()
              .start()) {
        runner.gate("stage").open(100);
        for (int batch = 1; batch <= 100; batch++) {
          runner.run(1);
          assertThat(stream[0].recordedRanges()).hasSize(1);
        }
        runner.generate(20);
        assertThat(stream[0].recordedRanges()).as("with 20 batches queued").hasSize(21);
        runner.gate("stage").open(20);
        runner.finish();
        assertThat(stream[0].recordedRanges()).as("once they are done").hasSize(1);
      }
    }

    // #endregion bounded

    // #region failed-batch
    @Test
    @DisplayName("A batch whose job failed stays pending: later ones go on, and its range is kept")
    void keepsTheRangeOfAFailedBatch() throws Exception {
      CompletableFuture<CrashImage> later = new CompletableFuture<>();
      try (BatchRunner runner = running(CheckpointedCountingDStream::new)) {
        runner.at(
            Point.JOB_RUNS,
            2,
            () -> {
              runner.gate("the outage").pass();
              throw new IllegalStateException("the output is down");
            });
        runner.at(Point.COMPLETION_CHECKPOINT, 5, () -> later.complete(runner.image()));
        runner.run(1).generate(4).gate("the outage").open(1);
        try (CrashImage image = later.get(60, SECONDS)) {
          runner.restart(image, 0);
        }
        assertThat(runner.lines())
            .endsWith(
                "batch 2 | partition 0 | 5 6 7 8 9", //
                "batch 5 | partition 0 | 20 21 22 23 24");
      }
    }

    // #endregion failed-batch

    // #region slow-after-failure
    @Test
    @DisplayName(
        "A failed batch, slow in its second life, runs those after it once more: same ranges")
    void keepsWhatAPendingBatchWillRunAgain() throws Exception {
      CompletableFuture<Void> later = new CompletableFuture<>();
      CompletableFuture<CrashImage> slow = new CompletableFuture<>();
      try (BatchRunner runner = running(CheckpointedCountingDStream::new)) {
        runner.at(
            Point.JOB_RUNS,
            2,
            () -> {
              runner.gate("the outage").pass();
              throw new IllegalStateException("the output is down");
            });
        runner.at(Point.COMPLETION_CHECKPOINT, 5, () -> later.complete(null));
        runner.run(1).generate(4).gate("the outage").open(1);
        later.get(60, SECONDS);
        runner.crash().hold(Point.JOB_RUNS, 2).comeBack(0).awaitHeld(Point.JOB_RUNS, 2);
        runner.at(Point.COMPLETION_CHECKPOINT, 2, () -> slow.complete(runner.image()));
        runner.generate(3).awaitCheckpoint().release(Point.JOB_RUNS, 2);
        try (CrashImage image = slow.get(60, SECONDS)) {
          runner.restart(image, 0);
        }
        assertThat(runner.lines().stream().distinct().sorted(BY_BATCH))
            .isEqualTo(
                LongStream.rangeClosed(1, 8)
                    .mapToObj(CheckpointedCountingDStreamTest::rightLine)
                    .toList());
      }
    }

    // #endregion slow-after-failure
  }

  private static String rightLine(long batch) {
    long first = (batch - 1) * 5;
    return "batch %d | partition 0 | %d %d %d %d %d"
        .formatted(batch, first, first + 1, first + 2, first + 3, first + 4);
  }

  @FunctionalInterface
  private interface Stream {
    CountingDStream in(StreamingContext context, int numbers, int partitions);
  }

  /** Five numbers a batch, in one partition. */
  private static BatchRunner running(Stream stream) {
    return BatchRunner.of((context, output) -> output.collect(stream.in(context, 5, 1)))
        .withCheckpoint()
        .start();
  }

  // #region kill
  /** Batch 2 runs, and has put out nothing yet; batches 3 and 4 wait. Then the driver is gone. */
  private static BatchRunner killWithTwoQueued(BatchRunner runner) {
    return runner.hold(Point.JOB_RUNS, 2).run(1).generate(3).crash();
  }

  // #endregion kill
}
