package countingstreams.testkit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /**
   * @throws IllegalArgumentException if a text is blank, there are no series, a figure's x does not
   *     suit its axis, or a value is not above 0 on a logarithmic scale
   */
  public Chart {
    check(!title.isBlank(), "The title is blank");
    check(!fixed.isBlank(), "What was held fixed is blank");
    check(!errorBars.isBlank(), "What the error bars are is blank");
    check(!command.isBlank(), "The command is blank");
    check(x.goal == null, "Only the y axis has a goal");
    check(y.scale != Scale.CATEGORY, "The y axis has numbers");
    check(!series.isEmpty(), "There are no series");
    series = List.copyOf(series);
    for (Series one : series) {
      for (Point point : one.points) {
        x.check(point.x);
        y.check(point.y);
        y.check(point.low);
        y.check(point.high);
      }
    }
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

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

    /**
     * @throws IllegalArgumentException if the label is blank, or the goal can't be on the scale
     */
    public Axis {
      Chart.check(!label.isBlank(), "The label of an axis is blank");
      Objects.requireNonNull(unit, "An axis without a unit has an empty one");
      if (goal != null) {
        check(scale, goal);
      }
    }

    private void check(Object value) {
      check(scale, value);
    }

    private static void check(Scale scale, Object value) {
      switch (scale) {
        case CATEGORY ->
            Chart.check(
                value instanceof String name && !name.isBlank(), "%s is no name".formatted(value));
        case LINEAR ->
            Chart.check(
                value instanceof Number number && Double.isFinite(number.doubleValue()),
                "%s is no number".formatted(value));
        case LOG ->
            Chart.check(
                value instanceof Number number
                    && Double.isFinite(number.doubleValue())
                    && number.doubleValue() > 0,
                "%s can't be on a logarithmic scale".formatted(value));
      }
    }

    /** Returns an axis without a goal. */
    public static Axis of(String label, String unit, Scale scale) {
      return new Axis(label, unit, scale, null);
    }
  }

  /** What one of those that are compared has measured. */
  public record Series(String name, List<Point> points) {

    /**
     * @throws IllegalArgumentException if the name is blank, there are no points, or two have the
     *     same x
     */
    public Series {
      check(!name.isBlank(), "The name of a series is blank");
      check(!points.isEmpty(), "%s has no points".formatted(name));
      check(
          points.stream().map(Point::x).distinct().count() == points.size(),
          "%s has two points with the same x".formatted(name));
      points = List.copyOf(points);
    }
  }

  /**
   * A figure.
   *
   * @param x a number, or a name if the axis has names
   * @param low where its error bar begins; the figure itself if there is none
   * @param high where its error bar ends; the figure itself if there is none
   */
  public record Point(Object x, double y, double low, double high) {

    /**
     * @throws IllegalArgumentException if the figure is not from low to high
     */
    public Point {
      check(low <= y && y <= high, "%s: %s is not from %s to %s".formatted(x, y, low, high));
    }

    /** Returns a figure that is exact, without an error bar. */
    public static Point exact(Object x, double y) {
      return new Point(x, y, y, y);
    }

    /**
     * Returns the median of some figures, its error bar from the least to the greatest, all three
     * with four digits.
     */
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
    return JsonData.json(this);
  }

  /** Writes the chart to a file of {@code docs/data/charts}. */
  public void write(Path file) {
    JsonData.write(this, file);
  }

  /**
   * Asserts that a file of {@code docs/data/charts} has this chart, whose figures are exact. To
   * write it anew: {@code mvn test -Pcourse-check -Dtraces=update}.
   */
  public void assertSameAs(Path file) {
    JsonData.assertSame(this, file);
  }
}
