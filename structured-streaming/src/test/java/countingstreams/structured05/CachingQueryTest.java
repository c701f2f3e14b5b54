package countingstreams.structured05;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.Database;
import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachingQueryTest {

  private final Database database = Database.inMemory();

  @TempDir private Path temp;

  // #region same-lines
  @Test
  @DisplayName("Persisted: lesson 5's own lines, each number computed once, and two blocks a batch")
  void persisted() {
    List<String> lines = run("--batches", "3");
    assertThat(withoutBlocks(lines)).isEqualTo(withoutBlocks(Transcript.expected("caching-app")));
    Transcript.assertMatches("caching-query", lines);
  }

  @Test
  @DisplayName("NONE: lesson 5's own lines, and each number computed for each of the two readers")
  void notPersisted() {
    List<String> lines = run("--batches", "3", "--storage-level", "NONE");
    assertThat(withoutBlocks(lines))
        .isEqualTo(withoutBlocks(Transcript.expected("caching-app-none")));
  }

  /** Which blocks there are is another matter: here they hold columns, and go with their batch. */
  private static List<String> withoutBlocks(List<String> lines) {
    return lines.stream().map(line -> line.replaceFirst(" \\| \\d+ blocks.*", "")).toList();
  }

  // #endregion same-lines

  private List<String> run(String... options) {
    return Printed.by(
            CachingQuery.commandLine(),
            Stream.concat(
                    Stream.of(
                        "--checkpoint",
                        temp.resolve("checkpoint").toString(),
                        "--jdbc-url",
                        database.url(),
                        "--interval",
                        "100",
                        "--numbers",
                        "30",
                        "--pages",
                        "7",
                        "--partitions",
                        "2"),
                    Stream.of(options))
                .toArray(String[]::new))
        .batches();
  }
}
