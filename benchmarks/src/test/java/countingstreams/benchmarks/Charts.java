package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import picocli.CommandLine;

/** What tests of measuring programs have in common. */
final class Charts {

  private Charts() {}

  /** Runs a measuring program with these options, as its script does. */
  static void write(Object program, Path folder, String options) {
    int status =
        new CommandLine(program).execute((options + " --charts " + folder).strip().split(" "));
    assertThat(status).as("Exit status").isZero();
  }

  /**
   * Asserts that a chart has these points and no others, that each is a figure, and that it says
   * how it came about.
   *
   * @param points the x of each, by the name of the series
   */
  static void assertComplete(Path folder, String name, Map<String, List<String>> points) {
    JsonNode chart = read(folder.resolve(name + ".json"));
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (JsonNode series : chart.get("series")) {
      found.put(
          series.get("name").asText(),
          StreamSupport.stream(series.get("points").spliterator(), false)
              .map(point -> point.get("x").asText())
              .toList());
      for (JsonNode point : series.get("points")) {
        assertThat(point.get("y").asDouble())
            .as("%s: %s", name, point)
            .isPositive()
            .isBetween(point.get("low").asDouble(), point.get("high").asDouble());
        assertThat(point.get("low").asDouble()).as("%s: %s", name, point).isPositive();
      }
    }
    assertThat(found).as(name).isEqualTo(points);
    for (String text : List.of("title", "fixed", "errorBars", "command")) {
      assertThat(chart.get(text).asText()).as("%s: %s", name, text).isNotBlank();
    }
    assertThat(chart.get("measured").get("versions").get("Spark").asText()).isNotBlank();
  }

  /** Returns the first line of what a program says of options that it refuses. */
  static String refusal(Object program, String options) {
    StringWriter errors = new StringWriter();
    int status =
        new CommandLine(program).setErr(new PrintWriter(errors, true)).execute(options.split(" "));
    assertThat(status).as("Exit status").isEqualTo(2);
    return errors.toString().lines().findFirst().orElseThrow();
  }

  private static JsonNode read(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
