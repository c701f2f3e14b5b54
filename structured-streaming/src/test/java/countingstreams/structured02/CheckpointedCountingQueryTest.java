package countingstreams.structured02;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.structured.Lives;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Point;
import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointedCountingQueryTest {

  @TempDir private Path temp;
  private Path checkpoint;

  @BeforeEach
  void nameAFolder() {
    checkpoint = temp.resolve("checkpoint");
  }

  // #region goes-on
  @Test
  @DisplayName("Stopped and run again: lesson 2's own lines, and none of them twice")
  void goesOnWhereItWas() {
    Printed first = run("--batches", "3");
    assertThat(first.status()).isZero();
    assertThat(first.lines().get(0))
        .isEqualTo("No checkpoint in " + checkpoint + " yet: starts with batch 1.");
    Transcript.assertMatches("checkpointed-app", first.batches());
    Printed second = run("--batches", "6");
    assertThat(second.lines().get(0))
        .matches(
            "Recovered from \\Q%s\\E: planned up to batch [34], done up to batch 3. Runs again: (no batch|batch 4)."
                .formatted(checkpoint));
    Transcript.assertMatches("checkpointed-app-again", second.batches());
  }

  // #endregion goes-on

  // #region same-record
  @Test
  @DisplayName("The log of offsets says what the record in a checkpoint of lesson 2 says")
  void logsSayTheSame() throws IOException {
    run("--batches", "3");
    Map<Long, NumberRange> logged = new QueryLogs(checkpoint).ranges().headMap(3L);
    assertThat(logged).isEqualTo(Map.of(0L, range(0, 10), 1L, range(10, 20), 2L, range(20, 30)));
    assertThat(logged.values()).containsExactlyElementsOf(recordedByLesson2(3));
  }

  /** Runs lesson 2's stream, and returns the range that it has recorded for each batch time. */
  private static Collection<NumberRange> recordedByLesson2(int batches) {
    Map<Long, NumberRange> recorded = new TreeMap<>();
    AtomicReference<CheckpointedCountingDStream> stream = new AtomicReference<>();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  stream.set(new CheckpointedCountingDStream(context, 10, 1));
                  output.collect(stream.get());
                })
            .withCheckpoint()) {
      for (int batch = 1; batch <= batches; batch++) {
        runner.at(Point.AFTER_COMPUTE, batch, () -> recorded.putAll(stream.get().recordedRanges()));
      }
      runner.start().run(batches);
    }
    return recorded.values();
  }

  // #endregion same-record

  @Test
  @DisplayName("Where the oldest batch left in the log begins is not known: it has no range")
  void oldFilesAreGone() throws IOException {
    run("--batches", "3");
    Files.delete(checkpoint.resolve("offsets/0"));
    assertThat(new QueryLogs(checkpoint).ranges().headMap(3L)).isEqualTo(Map.of(2L, range(20, 30)));
  }

  // #region other-numbers
  @Test
  @DisplayName("--numbers may change: a batch that was planned keeps its range, the next has more")
  void otherNumbers() throws IOException {
    run("--batches", "3");
    Lives.killedBeforeTheCommit(checkpoint, 3);
    Printed second = run("--batches", "4", "--numbers", "12");
    assertThat(second.lines().get(0)).endsWith("done up to batch 2. Runs again: batch 3.");
    assertThat(second.batches())
        .containsExactly(
            "batch 3 | partition 0 | 20 21 22 23 24 25 26 27 28 29",
            "batch 4 | partition 0 | 30 31 32 33 34 35 36 37 38 39 40 41");
  }

  // #endregion other-numbers

  @Test
  @DisplayName("A file in place of the folder: one line, status 1, nothing lost")
  void notAFolder() throws IOException {
    Files.writeString(checkpoint, "a file");
    Printed printed = run();
    assertThat(printed.status()).isEqualTo(1);
    assertThat(printed.errors())
        .singleElement()
        .asString()
        .startsWith(
            "CheckpointedCountingQuery failed: nothing can be written to --checkpoint %s (it is a file): name a folder of yours"
                .formatted(checkpoint));
    assertThat(checkpoint).hasContent("a file");
  }

  // #region damaged
  @Test
  @DisplayName("A damaged log: one line, status 1, nothing lost, and no start from zero")
  void damaged() throws IOException {
    run("--batches", "2");
    Lives.killedBeforeTheCommit(checkpoint, 2);
    Files.writeString(checkpoint.resolve("offsets/1"), "v1\n{");
    Map<String, Long> before = files();
    Printed printed = run();
    assertThat(printed.status()).isEqualTo(1);
    assertThat(printed.batches()).isEmpty();
    assertThat(printed.errors())
        .singleElement()
        .asString()
        .startsWith("CheckpointedCountingQuery failed: ");
    assertThat(files()).isEqualTo(before);
  }

  // #endregion damaged

  private static NumberRange range(long from, long until) {
    return new NumberRange(from, until);
  }

  private Map<String, Long> files() {
    Map<String, Long> sizes = new TreeMap<>();
    for (java.io.File file : FileUtils.listFiles(checkpoint.toFile(), null, true)) {
      sizes.put(file.getPath(), file.length());
    }
    return sizes;
  }

  private Printed run(String... options) {
    return Printed.by(
        CheckpointedCountingQuery.commandLine(),
        Stream.concat(
                Stream.of("--checkpoint", checkpoint.toString(), "--interval", "100"),
                Stream.of(options))
            .toArray(String[]::new));
  }
}
