package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run has measured, as a chart that a page of the site shows. It says all that a reader
 * needs to judge it: what varies, what was held fixed, units, what the error bars are, and the
 * command that measures it again.
 *
 * @param title what is compared
 * @param fixed what was held fixed, in the words of the page
 * @param errorBars what {@link Point#low} and {@link Point#high} are, or why there are none
 * @param command what measures it, as a reader types it
 * @param measured where and when; null if the figures are the same on any machine, on any day
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Chart(
    String title,
    String fixed,
    String errorBars,
    Axis x,
    Axis y,
    List<Series> series,
    String command,
    Measured measured) {

  /** How the values of an axis are placed. */
  public enum Scale {
    LINEAR,
    LOG,
    /** Names, side by side, in the order of the first series that has them. */
    CATEGORY
  }

  /**
   * An axis.
   *
   * @param label what varies along it
   * @param unit of its values; empty if they have none
   * @param goal a value to reach, drawn as a line; null if there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Axis(String label, String unit, Scale scale, Double goal) {

    /** Returns an axis without a goal. */
    public static Axis of(String label, String unit, Scale scale) {
      return new Axis(label, unit, scale, null);
    }
  }

  /** What one of those that are compared has measured. */
  public record Series(String name, List<Point> points) {}

  /**
   * A figure.
   *
   * @param x a number, or a name if the axis has names
   * @param low where its error bar begins; the figure itself if there is none
   * @param high where its error bar ends; the figure itself if there is none
   */
  public record Point(Object x, double y, double low, double high) {

    /** Returns a figure that is exact, without an error bar. */
    public static Point exact(Object x, double y) {
      return new Point(x, y, y, y);
    }

    /** Returns the median of some figures, its error bar from the least to the greatest. */
    public static Point median(Object x, double... values) {
      double[] sorted = Arrays.stream(values).sorted().toArray();
      double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
      return new Point(x, rounded(median), rounded(sorted[0]), rounded(sorted[sorted.length - 1]));
    }

    /** Four digits count: more would be noise. */
    private static double rounded(double value) {
      return new BigDecimal(value).round(new MathContext(4)).doubleValue();
    }
  }

  /**
   * Where and when a chart was measured.
   *
   * @param date as in 2026-01-31
   * @param memoryGigabytes of the machine
   * @param versions of what was measured, by its name
   */
  public record Measured(
      String date,
      int cores,
      long memoryGigabytes,
      String system,
      String java,
      Map<String, String> versions) {

    /**
     * Returns that it was measured here and now, with Spark.
     *
     * @param others versions of what else was measured, by its name
     */
    public static Measured here(Map<String, String> others) {
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      Map<String, String> versions = new TreeMap<>(others);
      versions.put("Spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
      return new Measured(
          LocalDate.now().toString(),
          system.getAvailableProcessors(),
          Math.round(system.getTotalMemorySize() / (double) (1L << 30)),
          "%s, %s".formatted(system.getName(), system.getArch()),
          System.getProperty("java.version"),
          versions);
    }
  }

  /** Returns the chart as the site reads it. */
  public String json() {
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this)
          + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the chart to a file of {@code docs/data/charts}. */
  public void write(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, json());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Asserts that a file of {@code docs/data/charts} has this chart, whose figures are exact. To
   * write it anew: {@code mvn test -Pcourse-check -Dtraces=update}.
   */
  public void assertSameAs(Path file) {
    if (System.getProperty("traces", "").equals("update")) {
      write(file);
    }
    ObjectMapper json = new ObjectMapper();
    try {
      assertThat(json.readTree(file.toFile()))
          .as("%s is stale: mvn test -Pcourse-check -Dtraces=update writes it anew", file)
          .isEqualTo(json.readTree(json()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
