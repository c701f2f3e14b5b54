package countingstreams.lesson03;

import static countingstreams.lesson03.PlainLoop.topPages;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PageViewsAppTest {

  @TempDir private Path temp;
  private String printed;
  private String error;

  @AfterEach
  void clearProperties() {
    System.clearProperty("spark.io.compression.codec");
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("Prints the top pages of each batch, and goes on with the same totals")
  void goesOnWhereItWas(PageViewsState state) {
    assertThat(
            run("--batches", "3", "--numbers", "30", "--pages", "7", "--state", state.toString()))
        .isZero();
    assertThat(printed.lines()).containsSequence(Transcript.expected("page-views-app"));
    assertThat(run("--batches", "6")).isZero();
    assertThat(printed.lines().findFirst().orElseThrow()).startsWith("Recovered from ");
    assertThat(printed.lines()).containsSequence(Transcript.expected("page-views-app-again"));
    assertThat(printed.lines().filter(line -> line.startsWith("batch ")))
        .allSatisfy(
            line ->
                assertThat(line).isEqualTo(topPages(Long.parseLong(line.split(" ")[1]), 30, 7)));
  }

  @ParameterizedTest
  @CsvSource({
    "--state, redis, redis' is not updateStateByKey",
    "--pages, 0, 0' is not a whole number from 1 to 1000000.",
    "--top, x, x' is not a whole number from 1 to 1000000."
  })
  @DisplayName("A bad option: one clear line, and exit status 2")
  void badOption(String option, String value, String mistake) {
    assertThat(run(option, value)).isEqualTo(2);
    assertThat(printed).isEmpty();
    assertThat(error.lines().findFirst().orElseThrow()).contains(option, mistake);
  }

  @Test
  @DisplayName("Other options than the checkpoint's: one clear line, and exit status 1")
  void otherOptions() {
    run("--batches", "1");
    assertThat(run("--pages", "7")).isEqualTo(1);
    assertThat(error.lines())
        .singleElement()
        .asString()
        .startsWith("PageViewsApp failed: ")
        .contains("was made with --pages 1000, which can't be changed to 7");
  }

  private int run(String... options) {
    String[] all =
        Stream.concat(
                Stream.of(
                    "--checkpoint", temp.resolve("checkpoint").toString(), "--interval", "200"),
                Stream.of(options))
            .toArray(String[]::new);
    Printed run = Printed.by(PageViewsApp.commandLine(), all);
    printed = run.output();
    error = run.error();
    return run.status();
  }
}
