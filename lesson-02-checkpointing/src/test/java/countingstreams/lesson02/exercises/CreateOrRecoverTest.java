package countingstreams.lesson02.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.StreamingContextState;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "2.2",
    title = "Create or recover",
    task = "Open a context from its checkpoint, or make a new one with its graph.",
    solves = CreateOrRecover.class,
    page = "lesson-02-checkpointing",
    hints = {
      "JavaStreamingContext has a static method for just this. It wants to know how a new context"
          + " is made, and asks only if it needs one.",
      "What is in a checkpoint must not be made again: interval, streams, outputs, and also where the"
          + " checkpoints go. All of that belongs into the function that makes a new context.",
      "JavaStreamingContext.getOrCreate(directory, () -> { … }): in the function a new"
          + " JavaStreamingContext(spark, Durations.seconds(1)), then its checkpoint(directory), then"
          + " graph.accept on it."
    })
class CreateOrRecoverTest {

  private final AtomicInteger defined = new AtomicInteger();

  @Test
  void makesANewContextWithItsGraphAndItsCheckpoints() {
    try (BatchRunner runner = start()) {
      assertWritesCheckpoints(runner);
      runner.run(2);
      assertThat(defined).as("How often the graph of a new context was made").hasValue(1);
      assertThat(runner.context().graph().batchDuration())
          .as("The batch interval")
          .isEqualTo(Durations.seconds(1));
    }
  }

  @Test
  void recoversWithoutMakingTheGraphAgain() {
    try (BatchRunner runner = start()) {
      assertWritesCheckpoints(runner);
      runner.run(2).crash();
      try {
        runner.recover(1).run(1);
      } catch (Exception e) {
        throw explained(e);
      }
      Transcript.assertMatches("create-or-recover", runner.lines());
      assertThat(defined)
          .as(
              "How often the graph was made. After a restart it comes from the checkpoint, with"
                  + " streams and outputs: what is added to it then is there twice, or not started")
          .hasValue(1);
    }
  }

  @Test
  void doesNotStartFromZeroIfNoCheckpointCanBeRead() throws IOException {
    try (BatchRunner runner = start()) {
      assertWritesCheckpoints(runner);
      runner.run(1);
      try (CrashImage image = runner.image()) {
        for (String file : runner.checkpointFiles()) {
          Files.write(image.files().resolve(file), new byte[] {1, 2, 3});
        }
        Throwable thrown = catchThrowable(() -> runner.restart(image, 0));
        assertThat(thrown)
            .as(
                "What Spark has thrown, with only damaged files. Nothing: so the context was opened"
                    + " all the same. It starts from zero then, and gives out numbers that it gave"
                    + " before")
            .isInstanceOf(SparkException.class)
            .hasMessageContaining("Failed to read checkpoint");
      }
    }
  }

  private BatchRunner start() {
    try {
      return BatchRunner.opening(
              (spark, directory, output) ->
                  opened(
                      spark,
                      directory,
                      context -> {
                        defined.incrementAndGet();
                        output.collect(new CheckpointedCountingDStream(context.ssc(), 5, 1));
                      }))
          .start();
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new AssertionError(
          "The directory is there, and empty: a context has to be made. Spark says: "
              + e.getMessage(),
          e);
    }
  }

  private static StreamingContext opened(
      JavaSparkContext spark,
      String directory,
      java.util.function.Consumer<JavaStreamingContext> graph) {
    StreamingContext context = CreateOrRecover.open(spark, directory, graph).ssc();
    StreamingContextState state = context.getState();
    if (state == StreamingContextState.ACTIVE) {
      context.stop(true, false);
    }
    assertThat(state)
        .as("The context, as it is returned. Whoever asked for it starts it")
        .isEqualTo(StreamingContextState.INITIALIZED);
    return context;
  }

  /** Else a crash would leave nothing, and nothing be found after it. */
  private static void assertWritesCheckpoints(BatchRunner runner) {
    String directory = runner.context().checkpointDir();
    assertThat(directory)
        .as("Where the new context writes checkpoints. Nowhere, unless it is told to")
        .isNotNull();
    assertThat(URI.create(directory).getPath())
        .as("Where the new context writes checkpoints. It will be asked to recover from there")
        .isEqualTo(runner.checkpointDirectory().toString());
  }

  private static RuntimeException explained(Exception e) {
    if (String.valueOf(e.getMessage()).contains("has not been initialized")) {
      throw new AssertionError(
          "A stream was added to a context that comes from a checkpoint: it has no zero time, and"
              + " the engine fails at its first batch. Spark says: "
              + e.getMessage(),
          e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
