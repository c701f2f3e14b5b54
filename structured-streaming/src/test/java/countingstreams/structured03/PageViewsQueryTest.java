package countingstreams.structured03;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageViewsQueryTest {

  @TempDir private Path temp;

  // #region state-files
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"", "--changelog"})
  @DisplayName("Lesson 3's own lines, and the same totals after a restart, with RocksDB either way")
  void goesOnWithTheSameTotals(String option) throws IOException {
    Transcript.assertMatches("page-views-app", run(option, "--batches", "3").batches());
    assertThat(stateFiles(3)).containsExactly(option.isEmpty() ? "3.zip" : "3.changelog");
    Transcript.assertMatches("page-views-app-again", run(option, "--batches", "6").batches());
  }

  /** Returns the files of the state after a batch. There is one partition, as in lesson 3. */
  private List<String> stateFiles(long batch) throws IOException {
    try (Stream<Path> files = Files.walk(temp.resolve("checkpoint/state"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(batch + "(_.*)?\\.(zip|changelog)"))
          .sorted()
          .toList();
    }
  }

  // #endregion state-files

  @Test
  @DisplayName("By transformWithState: the same lines, and the same totals after a restart")
  void byTransformWithState() {
    Transcript.assertMatches(
        "page-views-app",
        run("--state", "transformWithState", "--changelog", "--batches", "3").batches());
    Transcript.assertMatches(
        "page-views-app-again",
        run("--state", "transformWithState", "--changelog", "--batches", "6").batches());
  }

  @Test
  @DisplayName("A state that there is not: one line that names those there are, usage, status 2")
  void refuses() {
    Printed printed = run("--state", "mapWithState");
    assertThat(printed.status()).isEqualTo(2);
    assertThat(printed.errors().get(0))
        .contains("'--state': 'mapWithState' is not count or transformWithState.");
  }

  private Printed run(String... options) {
    Stream<String> own =
        Stream.of(
            "--checkpoint",
            temp.resolve("checkpoint").toString(),
            "--interval",
            "100",
            "--numbers",
            "30",
            "--pages",
            "7");
    return Printed.by(
        PageViewsQuery.commandLine(),
        Stream.concat(own, Stream.of(options).filter(option -> !option.isEmpty()))
            .toArray(String[]::new));
  }
}
