package countingstreams.lesson05;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachingAppTest {

  private static final String[] SMALL = {
    "--batches", "3", "--numbers", "30", "--pages", "7", "--partitions", "2"
  };

  @TempDir private Path temp;
  private String printed;
  private String error;

  @AfterEach
  void clearProperties() {
    System.clearProperty("spark.io.compression.codec");
  }

  @Test
  @DisplayName("Computes each number once, though two outputs read it")
  void once() {
    assertThat(run(SMALL)).isZero();
    assertThat(printed.lines()).containsSequence(Transcript.expected("caching-app"));
  }

  @Test
  @DisplayName("Without a storage level it computes each number twice, and holds nothing")
  void twice() {
    assertThat(run(and(SMALL, "--storage-level", "NONE"))).isZero();
    assertThat(printed.lines()).containsSequence(Transcript.expected("caching-app-none"));
  }

  @Test
  @DisplayName("Goes on where it was, with the storage level of the checkpoint")
  void goesOn() {
    assertThat(run(and(SMALL, "--storage-level", "DISK_ONLY"))).isZero();
    assertThat(run("--batches", "4")).isZero();
    assertThat(printed.lines().findFirst().orElseThrow()).startsWith("Recovered from ");
    assertThat(printed)
        .contains("batch 3 | 0 of 2 partitions written, 2 were there")
        .contains("batch 4 | 30 numbers, 30 computations: 1.0 a number")
        .contains(" 0 bytes in memory, ");
  }

  @Test
  @DisplayName("Another storage level than the checkpoint's is refused")
  void anotherLevel() {
    assertThat(run("--batches", "1")).isZero();
    assertThat(run("--batches", "1", "--storage-level", "DISK_ONLY")).isEqualTo(1);
    assertThat(error)
        .startsWith("CachingApp failed: the checkpoint in ")
        .contains("was made with --storage-level ");
  }

  @Test
  @DisplayName("An unknown storage level: the message has those that there are, exit status 2")
  void unknownLevel() {
    assertThat(run("--storage-level", "MEMORY")).isEqualTo(2);
    assertThat(error)
        .startsWith(
            "Invalid value for option '--storage-level': 'MEMORY' is no storage level: NONE, MEMORY_ONLY, ");
  }

  private int run(String... options) {
    String[] all =
        and(
            options,
            "--checkpoint",
            temp.resolve("checkpoint").toString(),
            "--jdbc-url",
            "jdbc:h2:" + temp.resolve("page-views") + ";WRITE_DELAY=0;DB_CLOSE_DELAY=-1");
    Printed run = Printed.by(CachingApp.commandLine(), all);
    printed = run.output();
    error = run.error();
    return run.status();
  }

  private static String[] and(String[] options, String... more) {
    return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
  }
}
