package countingstreams.lesson01;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.StandardOutput;
import countingstreams.testkit.Transcript;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountingAppTest {

  private final StringWriter errors = new StringWriter();

  @AfterEach
  void clearMaster() {
    System.clearProperty("spark.master");
  }

  @Test
  @DisplayName(
      "Prints the UI's address, then the numbers by batch and partition, and stops by itself")
  void prints() {
    String printed =
        StandardOutput.of(
            () ->
                assertThat(
                        execute(
                            "--batches",
                            "3",
                            "--numbers",
                            "6",
                            "--partitions",
                            "4",
                            "--interval",
                            "100"))
                    .isZero());
    List<String> lines = printed.lines().toList();
    assertThat(lines.get(0)).matches("Spark's web UI: http://\\S+:\\d+ \\(Ctrl-C stops the app\\)");
    Transcript.assertMatches("counting-app", lines.subList(1, lines.size()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1000001", "two", "1.5", ""})
  @DisplayName("A value out of range: one line with the mistake and the allowed values, usage, 2")
  void refusesValues(String value) {
    assertThat(execute("--partitions", value)).isEqualTo(2);
    assertThat(errors.toString().lines().findFirst())
        .contains(
            "Invalid value for option '--partitions': '%s' is not a whole number from 1 to 1000000."
                .formatted(value));
    assertThat(errors.toString()).contains("Usage: CountingApp");
  }

  @Test
  @DisplayName("An unknown option: one line that names it, usage, 2")
  void refusesUnknownOptions() {
    assertThat(execute("--partition", "2")).isEqualTo(2);
    assertThat(errors.toString().lines().findFirst())
        .hasValueSatisfying(
            line -> assertThat(line).contains("Unknown option").contains("--partition"));
    assertThat(errors.toString()).contains("--partitions=N");
  }

  @Test
  @DisplayName("What Spark can't do is one line, and 1")
  void failsInOneLine() {
    System.setProperty("spark.master", "nonsense");
    assertThat(execute()).isEqualTo(1);
    assertThat(errors.toString().lines())
        .containsExactly(
            "CountingApp failed: Could not parse Master URL: 'nonsense' (more in Spark's log,"
                + " target/spark.log)");
  }

  @Test
  @DisplayName("The master: spark-submit's, else the environment's MASTER, else local[2]")
  void master() {
    assertThat(CountingApp.configuration(Map.of()).get("spark.master")).isEqualTo("local[2]");
    Map<String, String> environment = Map.of("MASTER", "local[7]");
    assertThat(CountingApp.configuration(environment).get("spark.master")).isEqualTo("local[7]");
    System.setProperty("spark.master", "local[3]");
    assertThat(CountingApp.configuration(environment).get("spark.master")).isEqualTo("local[3]");
  }

  private int execute(String... arguments) {
    return CountingApp.commandLine(new CountingApp())
        .setErr(new PrintWriter(errors, true))
        .execute(arguments);
  }
}
