package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import scala.Option;

@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class BatchRunnerTest {

  @AfterEach
  void leavesNoSparkContext() {
    // Would throw if one were left: a JVM can have one.
    new SparkContext(after()).stop();
  }

  @Test
  void tellsWhatEachPartitionGave() {
    try (BatchRunner runner = letters().start()) {
      runner.run(2);
      assertThat(runner.batches())
          .containsExactly(
              new Batch(1, List.of(List.of("a"), List.of("b", "c"))),
              new Batch(2, List.of(List.of("a"), List.of("b", "c"))));
      assertThat(runner.lines())
          .startsWith("batch 1 | partition 0 | a", "batch 1 | partition 1 | b c");
      assertThat(runner.batches().get(0).line()).isEqualTo("batch 1 | a b c");
      assertThat(runner.completed()).hasSize(2);
    }
  }

  @Test
  void throwsTheEnginesOwnErrorOfABatch() {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    new Letters(context)
                        .asJava()
                        .foreachRDD(
                            rdd -> {
                              throw new IllegalStateException("no room");
                            }))
            .start()) {
      assertThatThrownBy(() -> runner.run(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no room");
    }
  }

  @Test
  void throwsTheEnginesOwnErrorOfATask() {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        new Letters(context).asJava().map(BatchRunnerTest::refuse).dstream()))
            .start()) {
      assertThatThrownBy(() -> runner.run(1))
          .isInstanceOf(SparkException.class)
          .hasMessageContaining("IllegalArgumentException: not a");
    }
  }

  @Test
  void throwsTheEnginesOwnErrorOfJobGeneration() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Broken(context))).start()) {
      assertThatThrownBy(() -> runner.run(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("nothing to read");
    }
  }

  @Test
  void aClosedGateHoldsBatchesBack() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Letters(context), "gate")).start()) {
      runner.generate(3);
      assertThat(runner.pendingBatches()).containsExactly(1L, 2L, 3L);
      runner.gate("gate").open(1);
      runner.finish(1);
      assertThat(runner.pendingBatches()).containsExactly(2L, 3L);
      runner.gate("gate").open(2);
      runner.finish();
      assertThat(runner.pendingBatches()).isEmpty();
    }
  }

  @Test
  void closesWhileABatchWaits() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Letters(context), "gate")).start()) {
      runner.generate(1);
      assertThat(runner.pendingBatches()).containsExactly(1L);
    }
  }

  @Test
  void recoversFromWhatACrashLeaves() {
    try (BatchRunner runner = letters().withCheckpoint().start()) {
      runner.run(3).crash();
      int before = runner.batches().size();
      runner.recover(3);
      assertThat(runner.batches().subList(before, runner.batches().size()))
          .as("the checkpoint's own batch again, then those of the down time")
          .extracting(Batch::number)
          .containsExactly(3L, 4L, 5L, 6L);
      runner.run(1);
      assertThat(runner.batches().get(runner.batches().size() - 1).number()).isEqualTo(7);
    }
  }

  @Test
  void recoversBatchesThatWaitedWhenItCrashed() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Letters(context), "gate"))
            .withCheckpoint()
            .start()) {
      runner.gate("gate").open(1);
      runner.run(1).generate(2).awaitCollected(2).crash();
      assertThat(runner.batches()).extracting(Batch::number).containsExactly(1L, 2L);
      runner.gate("gate").open(10);
      runner.recover(1);
      assertThat(runner.batches()).extracting(Batch::number).containsExactly(1L, 2L, 2L, 3L, 4L);
    }
  }

  @Test
  void crashesAgainAfterARecovery() {
    try (BatchRunner runner = letters().withCheckpoint().start()) {
      runner.run(2).crash().recover(1).run(1).crash().recover(0);
      assertThat(runner.batches())
          .extracting(Batch::number)
          .containsExactly(1L, 2L, 2L, 3L, 4L, 4L);
    }
  }

  @Test
  void restartsOnAnImageAsOftenAsAsked() {
    try (BatchRunner runner = letters().withCheckpoint().start()) {
      runner.run(2);
      try (CrashImage image = runner.image()) {
        runner.run(2);
        for (int downIntervals = 0; downIntervals < 3; downIntervals++) {
          runner.restart(image, downIntervals);
          assertThat(runner.batches())
              .extracting(Batch::number)
              .startsWith(1L, 2L, 2L)
              .hasSize(3 + downIntervals);
        }
      }
    }
  }

  @Test
  void tellsWhereABatchIsInTheOrderOfItsLife() {
    List<Point> life = Collections.synchronizedList(new ArrayList<>());
    try (BatchRunner runner = letters().withCheckpoint()) {
      for (Point point : Point.values()) {
        runner.at(point, 2, () -> life.add(point));
      }
      runner.start().run(3);
      assertThat(life).containsExactly(Point.values());
    }
  }

  @Test
  void holdsABatchUntilItIsReleased() {
    try (BatchRunner runner = letters().hold(Point.JOB_RUNS, 1).start()) {
      runner.generate(2).awaitHeld(Point.JOB_RUNS, 1);
      assertThat(runner.pendingBatches()).containsExactly(1L, 2L);
      assertThat(runner.batches()).isEmpty();
      runner.release(Point.JOB_RUNS, 1).finish();
      assertThat(runner.batches()).hasSize(2);
    }
  }

  @Test
  void tellsOfChangesToFilesBeforeTheyAreMade() {
    List<String> changes = Collections.synchronizedList(new ArrayList<>());
    try (BatchRunner runner = letters().withCheckpoint().watchingFiles(changes::add).start()) {
      runner.run(1);
      assertThat(changes)
          .containsSubsequence(
              "create temp",
              "rename temp to checkpoint-1000",
              "create temp",
              "rename checkpoint-1000 to checkpoint-1000.bk",
              "rename temp to checkpoint-1000");
    }
  }

  @Test
  void drivesWhatADriverProgramOpens() {
    try (BatchRunner runner =
        BatchRunner.opening(
                (spark, directory, output) -> {
                  StreamingContext context =
                      new StreamingContext(
                          spark.sc(), Durations.milliseconds(BatchRunner.INTERVAL_MS));
                  output.collect(new Letters(context));
                  return context;
                })
            .start()) {
      runner.run(1);
      assertThat(runner.batches()).hasSize(1);
    }
  }

  @Test
  void aCrashWithoutACheckpointIsAMistakeOfTheTest() {
    try (BatchRunner runner = letters().start()) {
      assertThatThrownBy(runner::crash).hasMessageContaining("withCheckpoint()");
    }
  }

  private static BatchRunner letters() {
    return BatchRunner.of((context, output) -> output.collect(new Letters(context)));
  }

  private static SparkConf after() {
    return new SparkConf()
        .setMaster("local[1]")
        .setAppName("after")
        .set("spark.ui.enabled", "false");
  }

  private static String refuse(String letter) {
    if (letter.equals("a")) {
      throw new IllegalArgumentException("not a");
    }
    return letter;
  }

  private static final class Broken extends Letters {

    private static final long serialVersionUID = 1L;

    Broken(StreamingContext context) {
      super(context);
    }

    @Override
    public Option<RDD<String>> compute(Time time) {
      throw new IllegalStateException("nothing to read");
    }
  }
}
