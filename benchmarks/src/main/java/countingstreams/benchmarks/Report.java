package countingstreams.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import countingstreams.testkit.Chart.Point;
import java.io.IOException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.package$;
import org.openjdk.jmh.results.RunResult;

/** What the files for the site have in common, and the figures in them. */
final class Report {

  private Report() {}

  /**
   * Returns a file for the site.
   *
   * @param content what comes after the caption and the machine
   */
  static String of(String caption, Map<String, ?> content) throws IOException {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("caption", caption);
    report.put(
        "machine",
        "Spark %s, Java %d, %d cores, %s"
            .formatted(
                package$.MODULE$.SPARK_VERSION(),
                Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors(),
                LocalDate.now()));
    report.putAll(content);
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(report)
        + "\n";
  }

  /** Returns what the rounds have measured under a name, in order. */
  static double[] values(RunResult run, String name) {
    return run.getBenchmarkResults().stream()
        .flatMap(benchmark -> benchmark.getIterationResults().stream())
        .map(iteration -> iteration.getSecondaryResults().get(name))
        .filter(Objects::nonNull)
        .mapToDouble(result -> result.getScore())
        .toArray();
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  static double median(double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  static double worst(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  /** Returns the median of some figures, its error bar from the first quartile to the third. */
  static Point quartiles(Object x, double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    Point middle = Point.median(x, sorted);
    int quarter = (sorted.length - 1) / 4;
    return new Point(
        x,
        middle.y(),
        Point.median(x, sorted[quarter]).y(),
        Point.median(x, sorted[sorted.length - 1 - quarter]).y());
  }

  /** Returns a number with two digits after the point. */
  static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }

  static double[] rounded(double[] values) {
    return Arrays.stream(values).map(Report::rounded).toArray();
  }
}
