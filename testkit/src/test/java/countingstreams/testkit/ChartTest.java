package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Measured;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartTest {

  private static final Axis INTERVAL = Axis.of("interval", "ms", Scale.LOG);
  private static final Axis LATENCY = new Axis("latency", "ms", Scale.LINEAR, 100.0);

  private static Chart chart(Axis x, Axis y, Point... points) {
    List<Series> series = List.of(new Series("one", List.of(points)));
    return new Chart("title", "fixed", "none", x, y, series, "command", null);
  }

  @Test
  void medianIsOfAnOddAndOfAnEvenNumberOfFigures() {
    assertThat(Point.median(7, 3, 1, 2)).isEqualTo(new Point(7, 2, 1, 3));
    assertThat(Point.median("name", 4, 1, 3, 2)).isEqualTo(new Point("name", 2.5, 1, 4));
    assertThat(Point.median(7, 5)).isEqualTo(Point.exact(7, 5));
  }

  @Test
  void medianHasFourDigitsAndAnExactFigureHasAll() {
    assertThat(Point.median(1, 123_456, 0.123_456, 98_765.4))
        .isEqualTo(new Point(1, 98_770, 0.1235, 123_500));
    assertThat(Point.exact(1, 123_456.789))
        .isEqualTo(new Point(1, 123_456.789, 123_456.789, 123_456.789));
  }

  @Test
  void jsonHasNoNullAndAllElse() throws IOException {
    String json = chart(INTERVAL, LATENCY, Point.exact(50, 7.5)).json();
    assertThat(json).endsWith("}\n").doesNotContain("null");
    assertThat(new ObjectMapper().readTree(json))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {
                      "title": "title", "fixed": "fixed", "errorBars": "none",
                      "x": {"label": "interval", "unit": "ms", "scale": "LOG"},
                      "y": {"label": "latency", "unit": "ms", "scale": "LINEAR", "goal": 100.0},
                      "series": [
                        {"name": "one", "points": [{"x": 50, "y": 7.5, "low": 7.5, "high": 7.5}]}
                      ],
                      "command": "command"
                    }
                    """));
  }

  @Test
  void hereHasDateMachineAndVersions() {
    Measured here = Measured.here(Map.of("Kafka", "4.1.0"));
    assertThat(LocalDate.parse(here.date())).isBeforeOrEqualTo(LocalDate.now());
    assertThat(here.cores()).isPositive();
    assertThat(here.memoryGigabytes()).isPositive();
    assertThat(here.system()).isNotBlank();
    assertThat(here.java()).isEqualTo(System.getProperty("java.version"));
    assertThat(here.versions())
        .containsOnlyKeys("Kafka", "Spark")
        .containsEntry("Kafka", "4.1.0")
        .containsEntry("Spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
  }

  @Test
  void fileIsTheSameUntilAFigureChanges(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("charts/one.json");
    Chart chart = chart(INTERVAL, LATENCY, Point.exact(50, 7));
    chart.write(file);
    assertThat(Files.readString(file)).isEqualTo(chart.json());
    chart.assertSameAs(file);
    assertThatThrownBy(() -> chart(INTERVAL, LATENCY, Point.exact(50, 8)).assertSameAs(file))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("is stale");
  }

  @Test
  void tableIsTheSameUntilAFigureChanges(@TempDir Path folder) {
    Path file = folder.resolve("one.json");
    MeasuredTable table =
        new MeasuredTable("caption", List.of("n"), List.of(List.of((Object) 1)), "machine");
    table.write(file);
    table.assertSameAs(file);
    MeasuredTable other =
        new MeasuredTable("caption", List.of("n"), List.of(List.of((Object) 2)), "machine");
    assertThatThrownBy(() -> other.assertSameAs(file))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("is stale");
  }

  @Test
  void blankTextsAreRefused() {
    List<Series> series = List.of(new Series("one", List.of(Point.exact(1, 1))));
    refuses("title", () -> new Chart(" ", "f", "e", INTERVAL, LATENCY, series, "c", null));
    refuses("held fixed", () -> new Chart("t", "", "e", INTERVAL, LATENCY, series, "c", null));
    refuses("error bars", () -> new Chart("t", "f", "", INTERVAL, LATENCY, series, "c", null));
    refuses("command", () -> new Chart("t", "f", "e", INTERVAL, LATENCY, series, "", null));
    refuses("label", () -> Axis.of("", "ms", Scale.LOG));
    refuses("name of a series", () -> new Series("", List.of(Point.exact(1, 1))));
  }

  @Test
  void chartsWithoutFiguresAreRefused() {
    refuses("no series", () -> new Chart("t", "f", "e", INTERVAL, LATENCY, List.of(), "c", null));
    refuses("one has no points", () -> chart(INTERVAL, LATENCY));
  }

  @Test
  void figuresThatAreNotFromLowToHighAreRefused() {
    refuses("7: 2.0 is not from 3.0 to 4.0", () -> new Point(7, 2, 3, 4));
    refuses("7: 5.0 is not from 3.0 to 4.0", () -> new Point(7, 5, 3, 4));
    refuses("NaN", () -> Point.exact(7, Double.NaN));
  }

  @Test
  void valuesThatDoNotSuitTheirAxisAreRefused() {
    Axis lesson = Axis.of("lesson", "", Scale.CATEGORY);
    Axis log = Axis.of("latency", "ms", Scale.LOG);
    refuses(
        "a is no number",
        () -> chart(Axis.of("n", "", Scale.LINEAR), LATENCY, Point.exact("a", 1)));
    refuses("1 is no name", () -> chart(lesson, LATENCY, Point.exact(1, 1)));
    refuses("0 can't be on", () -> chart(INTERVAL, LATENCY, Point.exact(0, 1)));
    refuses("-1.0 can't be on", () -> chart(INTERVAL, log, new Point(1, 1, -1, 1)));
    refuses("0.0 can't be on", () -> new Axis("latency", "ms", Scale.LOG, 0.0));
    refuses("The y axis has numbers", () -> chart(INTERVAL, lesson, Point.exact(1, 1)));
    refuses("Only the y axis", () -> chart(LATENCY, LATENCY, Point.exact(1, 1)));
    refuses(
        "two points with the same x",
        () -> chart(INTERVAL, LATENCY, Point.exact(1, 1), Point.exact(1, 2)));
  }

  private static void refuses(String message, Runnable making) {
    assertThatIllegalArgumentException().isThrownBy(making::run).withMessageContaining(message);
  }
}
