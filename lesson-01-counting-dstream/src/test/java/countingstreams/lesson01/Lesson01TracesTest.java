package countingstreams.lesson01;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Traces;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Records the runs that the page of lesson 1 plays. */
@Tag("course-check")
class Lesson01TracesTest {

  private static final int BATCHES = 12;

  @Test
  void onePartition() {
    record("one-partition", "One partition", 1, runner -> runner.run(6));
  }

  @Test
  void fourPartitions() {
    record("four-partitions", "Four partitions", 4, runner -> runner.run(6));
  }

  @Test
  void fastStage() {
    record(
        "fast-stage",
        "A fast output: done within the interval",
        2,
        runner -> {
          runner.gate("stage").open(BATCHES);
          runner.run(BATCHES);
        });
  }

  @Test
  void slowStage() {
    record(
        "slow-stage",
        "A slow output: three intervals a batch",
        2,
        runner -> {
          runner.generate(1).awaitCollected(1);
          for (int batch = 1; 3 * batch < BATCHES; batch++) {
            runner.generate(3).gate("stage").open(1);
            runner.finish(batch).awaitCollected(batch + 1);
          }
          runner.generate(2);
        });
  }

  private static void record(
      String name, String title, int partitions, Consumer<BatchRunner> scenario) {
    boolean slow = name.endsWith("stage");
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  CountingDStream stream = new CountingDStream(context, 6, partitions);
                  if (slow) {
                    output.collect(stream, "stage");
                  } else {
                    output.collect(stream);
                  }
                })
            .recording(title)
            .start()) {
      scenario.accept(runner);
      Traces.assertSameStructure("lesson-01/" + name, runner);
    }
  }
}
