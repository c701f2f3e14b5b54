package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageViewsSinkAppTest {

  private final Books books = Books.inMemory();

  @TempDir private Path temp;
  private String printed;
  private String error;

  @AfterEach
  void clearProperties() {
    System.clearProperty("spark.io.compression.codec");
  }

  @Test
  @DisplayName("Writes each batch once, and goes on: the last batch runs again and changes nothing")
  void goesOnWhereItWas() {
    assertThat(run("--batches", "3", "--numbers", "30", "--pages", "7", "--partitions", "2"))
        .isZero();
    assertThat(printed.lines()).containsSequence(Transcript.expected("page-views-sink-app"));
    Set<String> written = batches();
    assertThat(run("--batches", "6")).isZero();
    assertThat(printed.lines().findFirst().orElseThrow()).startsWith("Recovered from ");
    assertThat(batches()).isNotEmpty();
    // On a busy machine more batches than three are generated before it stops, and run now.
    assertThat(printed.lines().filter(line -> line.startsWith("batch ")))
        .allSatisfy(
            line ->
                assertThat(line)
                    .endsWith(
                        written.contains(batch(line))
                            ? " | 0 of 2 partitions written, 2 were there"
                            : " | 2 of 2 partitions written, 0 were there"));
    long numbers = books.totals().values().stream().mapToLong(Long::longValue).sum();
    assertThat(numbers).isGreaterThanOrEqualTo(6 * 30);
  }

  @Test
  @DisplayName(
      "A checkpoint that is gone, and results that are there: refused, and nothing changed")
  void checkpointGone() {
    assertThat(run("--batches", "1")).isZero();
    String before = books.save();
    FileUtils.deleteQuietly(temp.resolve("checkpoint").toFile());
    assertThat(run("--batches", "1")).isEqualTo(1);
    assertThat(error)
        .startsWith("PageViewsSinkApp failed: ")
        .contains("has results of a run that is not the one of this checkpoint");
    assertThat(books.save()).isEqualTo(before);
  }

  @Test
  @DisplayName("A database that can't be used: one clear line without the password, exit status 1")
  void noDatabase() {
    assertThat(run("--batches", "1", "--jdbc-url", "jdbc:none:x?user=me&password=secret"))
        .isEqualTo(1);
    assertThat(error.lines())
        .singleElement()
        .asString()
        .startsWith(
            "PageViewsSinkApp failed: can't use --jdbc-url jdbc:none:x?user=me&password=*** (")
        .doesNotContain("secret");
  }

  @Test
  @DisplayName("Another database than the checkpoint's: refused, without the password of either")
  void anotherDatabase() {
    String url = books.url() + ";USER=me;PASSWORD=secret";
    assertThat(run("--batches", "1", "--jdbc-url", url)).isZero();
    assertThat(run("--batches", "1", "--jdbc-url", url.replace("secret", "secret2"))).isEqualTo(1);
    assertThat(error)
        .startsWith("PageViewsSinkApp failed: the checkpoint in ")
        .contains("PASSWORD=***")
        .doesNotContain("secret");
  }

  /** Returns the numbers of the batches that were printed. */
  private Set<String> batches() {
    return printed
        .lines()
        .filter(line -> line.startsWith("batch "))
        .map(PageViewsSinkAppTest::batch)
        .collect(Collectors.toSet());
  }

  private static String batch(String line) {
    return line.split(" ")[1];
  }

  private int run(String... options) {
    Stream<String> own =
        Stream.of("--checkpoint", temp.resolve("checkpoint").toString(), "--interval", "200");
    Stream<String> url =
        Stream.of(options).anyMatch("--jdbc-url"::equals)
            ? Stream.of()
            : Stream.of("--jdbc-url", books.url());
    String[] all = Stream.of(own, url, Stream.of(options)).flatMap(s -> s).toArray(String[]::new);
    Printed run = Printed.by(PageViewsSinkApp.commandLine(), all);
    printed = run.output();
    error = run.error();
    return run.status();
  }
}
