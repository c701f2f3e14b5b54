package countingstreams.lesson02.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkException;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "2.5",
    title = "A damaged checkpoint",
    task = "Recover from an older file if the newest is damaged, and stop clearly if all are.",
    solves = DamagedCheckpoint.class,
    page = "lesson-02-checkpointing",
    hints = {
      "Spark does half of this: see what getOrCreate does with a damaged newest file, and what with"
          + " nothing but damaged files. What is missing is the message.",
      "Catch what getOrCreate throws; starting anew there would be the silent start from zero. The"
          + " newest file is the checkpoint-… with the highest number, and numbers of different length"
          + " don't sort as text.",
      "try { return JavaStreamingContext.getOrCreate(directory, create); } catch (Exception e) {"
          + " throw new IllegalStateException(…, e); } where the message has the directory and the"
          + " name of the newest file: new File(URI.create(directory)).listFiles(File::isFile), those"
          + " that match checkpoint-\\d+, the one with the highest number."
    })
class DamagedCheckpointTest {

  @Test
  void makesANewContextIfThereIsNoCheckpoint() {
    try (BatchRunner runner = start()) {
      runner.run(2);
      assertThat(runner.lines())
          .as("Two batches of a new context")
          .containsExactly(
              "batch 1 | partition 0 | 0 1 2 3 4", "batch 2 | partition 0 | 5 6 7 8 9");
    }
  }

  @Test
  void usesAnOlderFileIfTheNewestIsDamaged() throws IOException {
    try (BatchRunner runner = start()) {
      runner.run(3);
      try (CrashImage image = runner.image()) {
        for (String file : runner.checkpointFiles().subList(0, 2)) {
          truncate(image.files().resolve(file));
        }
        Throwable refused = catchThrowable(() -> runner.restart(image, 0));
        assertThat(refused)
            .as("checkpoint-3000 and its .bk are damaged, checkpoint-2000 is not: it can be used")
            .isNull();
        Transcript.assertMatches("damaged-checkpoint", runner.lines());
      }
    }
  }

  @Test
  void stopsClearlyIfAllAreDamagedAndChangesNothing() throws IOException {
    try (BatchRunner runner = start()) {
      runner.run(11); // 9000 is older than 11000, though not as text
      try (CrashImage image = runner.image()) {
        for (String file : runner.checkpointFiles()) {
          truncate(image.files().resolve(file));
        }
        Map<String, Long> before = sizes(image.files());
        Throwable thrown = catchThrowable(() -> runner.restart(image, 0));
        assertThat(thrown)
            .as(
                "What was thrown, with only damaged files. Without an exception the context starts"
                    + " from zero, and nobody hears of it: batch times to come get numbers that others"
                    + " had")
            .isNotNull();
        assertThat(thrown)
            .as("What was thrown, with only damaged files. Spark's own exception names no file")
            .isInstanceOf(IllegalStateException.class);
        assertThat(thrown.getMessage())
            .as("The message. It has to name the directory")
            .contains(runner.checkpointDirectory().toString());
        assertThat(thrown.getMessage())
            .as("The message. It has to name the newest file")
            .contains("checkpoint-11000");
        assertThat(thrown)
            .as("The cause of the exception: Spark's, which says what is wrong with a file")
            .hasRootCauseInstanceOf(IOException.class)
            .cause()
            .isInstanceOf(SparkException.class);
        Map<String, Long> after = sizes(runner.checkpointDirectory());
        assertThat(after)
            .as("The files, with their sizes, after it has stopped. Someone may yet mend them")
            .isEqualTo(before);
        assertThat(wordsBeside(thrown.getMessage(), runner.checkpointDirectory()))
            .as(
                "The words of the message beside the two names. It has to say what is wrong, and what"
                    + " can be done")
            .hasSizeGreaterThan(5);
      }
    }
  }

  private static List<String> wordsBeside(String message, Path directory) {
    String rest = message.replace(directory.toUri().toString(), " ").replace(directory + "", " ");
    return Arrays.stream(rest.replaceAll("checkpoint-\\d+(\\.bk)?", " ").split("\\P{L}+"))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static BatchRunner start() {
    return BatchRunner.opening(
            (spark, directory, output) ->
                DamagedCheckpoint.open(
                        directory,
                        () -> {
                          StreamingContext context =
                              new StreamingContext(spark.sc(), Durations.seconds(1));
                          context.checkpoint(directory);
                          output.collect(new CheckpointedCountingDStream(context, 5, 1));
                          return new JavaStreamingContext(context);
                        })
                    .ssc())
        .start();
  }

  private static void truncate(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
  }

  private static Map<String, Long> sizes(Path directory) {
    List<File> files = List.copyOf(FileUtils.listFiles(directory.toFile(), null, false));
    return files.stream().collect(Collectors.toMap(File::getName, File::length));
  }
}
