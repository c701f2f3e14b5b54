package countingstreams.lesson02;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Point;
import countingstreams.testkit.Traces;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Records the runs that the page of lesson 2 plays. */
@Tag("course-check")
class Lesson02TracesTest {

  @Test
  void plainCounterKilled() {
    record(
        "plain-counter-killed",
        "A plain counter, killed",
        (context, output) -> output.collect(new CountingDStream(context, 5, 1)));
  }

  @Test
  void recordedRangesKilled() {
    record(
        "recorded-ranges-killed",
        "Recorded ranges, killed",
        (context, output) -> output.collect(new CheckpointedCountingDStream(context, 5, 1)));
  }

  @Test
  void printedBatchAgain() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new CountingDStream(context, 5, 1)))
            .withCheckpoint()
            .recording("A plain counter, killed after batch 5")
            .start()) {
      runner.run(5).crash().recover(0);
      Traces.assertSameStructure("lesson-02/printed-batch-again", runner);
    }
  }

  private static void record(String name, String title, BatchRunner.Program program) {
    try (BatchRunner runner = BatchRunner.of(program).withCheckpoint().recording(title).start()) {
      runner.hold(Point.JOB_RUNS, 2).run(1).generate(1).awaitHeld(Point.JOB_RUNS, 2);
      runner.generate(2).crash().recover(2).run(1);
      Traces.assertSameStructure("lesson-02/" + name, runner);
    }
  }
}
