package countingstreams.structured04;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.Database;
import countingstreams.structured.Lives;
import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageViewsSinkQueryTest {

  private static final int NUMBERS = 30;
  private static final int PAGES = 7;

  private final Database database = Database.inMemory();

  @TempDir private Path temp;
  private Path checkpoint;

  @BeforeEach
  void nameAFolder() {
    checkpoint = temp.resolve("checkpoint");
  }

  // #region same-lines
  @Test
  @DisplayName("Lesson 4's own lines: a batch that was not known to be done changes nothing")
  void eachBatchOnce() throws IOException {
    Transcript.assertMatches("page-views-sink-app", run("--batches", "3").batches());
    Lives.killedBeforeTheCommit(checkpoint, 3);
    Transcript.assertMatches("page-views-sink-app-again", run("--batches", "6").batches());
    assertThat(database.totals("page_views")).isEqualTo(Database.expected(6 * NUMBERS, PAGES));
  }

  // #endregion same-lines

  // #region files
  @Test
  @DisplayName("From files, one a batch: the same lines, and each file counts once")
  void fromFiles() throws IOException {
    Path files = Files.createDirectory(temp.resolve("files"));
    for (int file = 0; file < 6; file++) {
      String numbers =
          LongStream.range(file * NUMBERS, (file + 1) * NUMBERS)
              .mapToObj(String::valueOf)
              .collect(Collectors.joining("\n"));
      Files.writeString(files.resolve("numbers-%d.csv".formatted(file)), numbers);
    }
    String folder = files.toString();
    Transcript.assertMatches(
        "page-views-sink-app", run("--files", folder, "--batches", "3").batches());
    Lives.killedBeforeTheCommit(checkpoint, 3);
    Transcript.assertMatches(
        "page-views-sink-app-again", run("--files", folder, "--batches", "6").batches());
    assertThat(database.totals("page_views")).isEqualTo(Database.expected(6 * NUMBERS, PAGES));
  }

  // #endregion files

  @Test
  @DisplayName("A checkpoint that is gone, and results that are there: refused, nothing changed")
  void checkpointGone() {
    run("--batches", "1");
    String before = database.save();
    FileUtils.deleteQuietly(checkpoint.toFile());
    Printed printed = run("--batches", "1");
    assertThat(printed.status()).isEqualTo(1);
    assertThat(printed.errors())
        .singleElement()
        .asString()
        .startsWith("PageViewsSinkQuery failed: ")
        .contains("has results of a run that is not the one of this checkpoint");
    assertThat(database.save()).isEqualTo(before);
  }

  @Test
  @DisplayName("A database that can't be used: one clear line without the password, status 1")
  void noDatabase() {
    Printed printed = run("--jdbc-url", "jdbc:none:x?user=me&password=secret");
    assertThat(printed.status()).isEqualTo(1);
    assertThat(printed.errors())
        .singleElement()
        .asString()
        .startsWith(
            "PageViewsSinkQuery failed: can't use --jdbc-url jdbc:none:x?user=me&password=*** (")
        .doesNotContain("secret");
  }

  @Test
  @DisplayName("A folder of files that is not there: one line that names it, status 1")
  void noFiles() {
    Printed printed = run("--files", temp.resolve("nowhere").toString());
    assertThat(printed.status()).isEqualTo(1);
    assertThat(printed.errors()).singleElement().asString().contains("nowhere");
  }

  private Printed run(String... options) {
    Stream<String> own =
        Stream.of(
            "--checkpoint",
            checkpoint.toString(),
            "--interval",
            "100",
            "--numbers",
            String.valueOf(NUMBERS),
            "--pages",
            String.valueOf(PAGES),
            "--partitions",
            "2");
    Stream<String> url =
        Stream.of(options).anyMatch("--jdbc-url"::equals)
            ? Stream.of()
            : Stream.of("--jdbc-url", database.url());
    return Printed.by(
        PageViewsSinkQuery.commandLine(),
        Stream.of(own, url, Stream.of(options)).flatMap(s -> s).toArray(String[]::new));
  }
}
