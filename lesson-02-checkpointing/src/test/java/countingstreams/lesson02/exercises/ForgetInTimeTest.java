package countingstreams.lesson02.exercises;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "2.4",
    title = "Forget in time",
    task = "Keep in the record what may run again, and no more, with two batches at a time.",
    solves = ForgetInTime.class,
    page = "lesson-02-checkpointing",
    hints = {
      "A checkpoint runs again every batch from its own time on, done or not. Which times can"
          + " checkpoints have that are still to come, if batch 2 takes long and 3 to 14 are done?",
      "The checkpoint that will say that batch 2 is done has the time of batch 2. So nothing after"
          + " batch 2 may be forgotten before. It can be once batch 2 is done too: who remembers which"
          + " of the others are?",
      "Keep a set of the batch times that cleanup was called for. Each time, add the new one; then,"
          + " while the first entry of the record is in the set, remove it from both. The set comes"
          + " back from a checkpoint too, and then some of its batches run again: in restore, take out"
          + " those from context().initialCheckpoint().checkpointTime() on."
    })
class ForgetInTimeTest {

  private static final int MANY = 40;
  private static final int FEW = 2;

  @Test
  void staysSmall() {
    ForgetInTime[] stream = new ForgetInTime[1];
    try (BatchRunner runner = running(stream)) {
      for (int batch = 1; batch <= MANY; batch++) {
        runner.run(1);
        assertThat(stream[0].recorded())
            .as(
                "The record after batch %d. All batches are done: no checkpoint to come will run"
                    + " them again",
                batch)
            .hasSizeLessThanOrEqualTo(FEW);
      }
      // One batch is slow, and others pass it.
      runner.hold(Point.JOB_RUNS, MANY + 1).generate(1);
      pass(runner, MANY + 1, 5);
      runner.release(Point.JOB_RUNS, MANY + 1).finish();
      assertThat(stream[0].recorded())
          .as("The record after a slow batch that five others have passed. All are done")
          .hasSizeLessThanOrEqualTo(FEW);
    } catch (Exception e) {
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  @Test
  void keepsWhatWaits() {
    try (BatchRunner runner = running(new ForgetInTime[1])) {
      runner.run(1).hold(Point.JOB_RUNS, 2).hold(Point.JOB_RUNS, 3).generate(4).crash();
      runner.recover(0);
      Transcript.assertMatches("forget-in-time-waiting", sorted(runner));
    }
  }

  @Test
  void keepsWhatASlowBatchWillRunAgain() throws Exception {
    CompletableFuture<CrashImage> left = new CompletableFuture<>();
    try (BatchRunner runner = running(new ForgetInTime[1])) {
      runner.run(1).hold(Point.JOB_RUNS, 2).generate(1);
      pass(runner, 2, 12);
      runner.at(Point.COMPLETION_CHECKPOINT, 2, () -> left.complete(runner.image()));
      runner.release(Point.JOB_RUNS, 2);
      try (CrashImage image = left.get(60, SECONDS)) {
        runner.restart(image, 0);
        Transcript.assertMatches("forget-in-time", sorted(runner));
      }
    }
  }

  @Test
  void remembersWhatRunsAgainUntilItIsDoneAgain() throws Exception {
    CompletableFuture<CrashImage> left = new CompletableFuture<>();
    try (BatchRunner runner = running(new ForgetInTime[1])) {
      runner.run(1).hold(Point.JOB_RUNS, 2).generate(1);
      pass(runner, 2, 1);
      // Batch 2 is done last: its checkpoint runs batch 3 again, which was done.
      runner.release(Point.JOB_RUNS, 2).finish().crash();
      runner.at(Point.COMPLETION_CHECKPOINT, 2, () -> runner.gate("2 is done").open(1));
      runner.at(Point.JOB_RUNS, 3, () -> runner.gate("2 is done").pass());
      runner.at(Point.COMPLETION_CHECKPOINT, 3, () -> left.complete(runner.image()));
      runner.recover(1);
      try (CrashImage image = left.get(60, SECONDS)) {
        runner.restart(image, 0);
        Transcript.assertMatches("forget-in-time-twice", sorted(runner));
      }
    }
  }

  /** Runs so many batches while an earlier one, held, has one of the two threads. */
  private static void pass(BatchRunner runner, long held, int batches) {
    for (long batch = held + 1; batch <= held + batches; batch++) {
      runner.generate(1).finish(batch);
    }
  }

  /** Two batches run at a time: the order in which they print is none. */
  private static List<String> sorted(BatchRunner runner) {
    return runner.batches().stream()
        .sorted(Comparator.comparingLong(Batch::number))
        .flatMap(batch -> batch.lines().stream())
        .distinct()
        .toList();
  }

  private static BatchRunner running(ForgetInTime[] stream) {
    return BatchRunner.of(
            (context, output) -> {
              stream[0] = new ForgetInTime(context, 3);
              output.collect(stream[0]);
            })
        .withCheckpoint()
        .with("spark.streaming.concurrentJobs", "2")
        .start();
  }
}
