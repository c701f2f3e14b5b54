package countingstreams.benchmarks.engines;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What compares Spark with other engines. Those with engines need the profile engines. */
@DisplayName("The engines")
class EnginesTest {

  private static final int TIMEOUT_SECONDS = 300;

  @Tag("course-check")
  @Test
  @EnabledForJreRange(
      max = JRE.JAVA_23,
      disabledReason = "Spark's connector for Kafka does not run on JDK 24 and newer")
  @Timeout(TIMEOUT_SECONDS)
  @DisplayName("Each engine counts all views, and has a latency at each interval")
  void latency(@TempDir Path output) throws IOException {
    Files.createDirectory(output.resolve("charts"));
    run(
        new MeasureLatency(),
        "--rounds 1 --pages 10 --intervals 200 --commits 200 --distribution-of 200 --rate 100 --warmup 1 --seconds 2",
        output);
    for (String chart : List.of("latency-median", "latency-99", "latency-distribution")) {
      JsonNode json = read(output.resolve("charts").resolve(chart + ".json"));
      assertThat(json.get("series").findValuesAsText("name"))
          .containsExactly(
              "DStreams",
              "Structured Streaming",
              "Kafka Streams, at least once",
              "Kafka Streams, exactly once",
              "Flink, at least once",
              "Flink, exactly once");
      assertThat(list(json.get("series")))
          .allSatisfy(
              series ->
                  assertThat(list(series.get("points")))
                      .isNotEmpty()
                      .allSatisfy(point -> assertThat(point.get("y").asDouble()).isPositive()));
      assertThat(json.get("measured").get("versions").get("Flink").asText()).matches("\\d.*");
    }
  }

  @Tag("course-check")
  @Test
  @Timeout(TIMEOUT_SECONDS)
  @DisplayName("Killed and started again: DStreams lose nothing and count nothing twice")
  void kills(@TempDir Path output) throws IOException {
    Files.createDirectory(output.resolve("charts"));
    run(
        new MeasureKills(),
        "--rounds 1 --pages 10 --engines DSTREAMS --rate 100 --seconds 2",
        output);
    JsonNode row = read(output.resolve("engine-kills.json")).get("rows").get(0);
    List<String> cells = list(row).stream().map(JsonNode::asText).toList();
    assertThat(cells.get(0)).isEqualTo("DStreams");
    assertThat(cells.subList(2, 5)).as("starts, lost, twice").containsExactly("1", "0", "0");
  }

  @Test
  @DisplayName("A page's count says which view made it so")
  void views() {
    Views views = new Views(7, 1000);
    List<Integer> counts = new ArrayList<>(Collections.nCopies(8, 0));
    for (int view = 0; view < 1000; view++) {
      int page = views.page(view);
      assertThat(views.viewsOf(page, view)).isEqualTo(counts.get(page).longValue());
      counts.set(page, counts.get(page) + 1);
      assertThat(views.view(page, counts.get(page))).isEqualTo(view);
    }
    assertThat(views.view(1, counts.get(1) + 1)).isEqualTo(-1);
    assertThat(IntStream.rangeClosed(1, 7).mapToLong(page -> views.viewsOf(page, 1000)).sum())
        .isEqualTo(1000);
  }

  @Test
  @DisplayName("A percentile is the least latency that so many do not exceed")
  void percentile() {
    double[] sorted = IntStream.rangeClosed(1, 200).asDoubleStream().toArray();
    assertThat(MeasureLatency.percentile(sorted, 1)).isEqualTo(2);
    assertThat(MeasureLatency.percentile(sorted, 50)).isEqualTo(100);
    assertThat(MeasureLatency.percentile(sorted, 99)).isEqualTo(198);
    assertThat(MeasureLatency.percentile(sorted, 99.9)).isEqualTo(200);
    assertThat(MeasureLatency.percentile(new double[] {5}, 1)).isEqualTo(5);
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --rounds 0            | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --pages 0             | Invalid value for option '--pages': '0' is not a whole number from 1 on
          --intervals 100,0     | Invalid value for option '--intervals': '0' is not a whole number from 1 on
          --rate 0              | Invalid value for option '--rate': '0' is not a whole number from 1 on
          --seconds 0           | Invalid value for option '--seconds': '0' is not a whole number from 1 on
          --warmup -1           | Invalid value for option '--warmup': '-1' is not a whole number from 0 on
          --distribution-of 7   | Invalid value for option '--distribution-of': '7' is not one of --intervals and --commits
          --engines STORM       | Invalid value for option '--engines' (<engines>): expected one of [DSTREAMS, STRUCTURED, KAFKA_STREAMS, FLINK] (case-insensitive) but was 'STORM'
          --output pom.xml      | --output pom.xml is not a folder that is there
          """)
  void badOptions(String options, String error) {
    StringWriter errors = new StringWriter();
    int status =
        EngineMeasurement.commandLine(new MeasureLatency())
            .setErr(new PrintWriter(errors, true))
            .execute(options.split(" "));
    assertThat(status).isEqualTo(2);
    assertThat(errors.toString().lines().findFirst().orElseThrow()).isEqualTo(error);
  }

  private static void run(EngineMeasurement measurement, String options, Path output) {
    CommandLine command = EngineMeasurement.commandLine(measurement);
    assertThat(command.execute((options + " --output " + output).split(" "))).isZero();
  }

  private static JsonNode read(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> list = new ArrayList<>();
    array.forEach(list::add);
    return list;
  }
}
