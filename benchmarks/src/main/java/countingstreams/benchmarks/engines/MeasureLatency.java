package countingstreams.benchmarks.engines;

import countingstreams.benchmarks.OptionChecks;
import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how long an event takes until it is in a result that others can read. */
@Command(
    name = "MeasureLatency",
    description = "Measures how long an event takes until it is in a result that others can read.")
public final class MeasureLatency extends EngineMeasurement {

  private static final int LONGEST_SECONDS = 300;
  private static final List<Double> PERCENTILES =
      List.of(1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9);

  @Option(
      names = "--intervals",
      split = ",",
      defaultValue = "50,200,500,2000",
      description = "Milliseconds between batches (${DEFAULT-VALUE}).")
  private SortedSet<Integer> intervals;

  @Option(
      names = "--commits",
      split = ",",
      defaultValue = "50,500,2000",
      description =
          "Milliseconds between commits or checkpoints of the engines that write results in"
              + " transactions (${DEFAULT-VALUE}).")
  private SortedSet<Integer> commits;

  @Option(
      names = "--distribution-of",
      defaultValue = "500",
      description = "The interval whose distribution is shown (${DEFAULT-VALUE}).")
  private int distributionOf;

  @Option(
      names = "--rate",
      defaultValue = "1000",
      description = "Events a second (${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--warmup",
      defaultValue = "25",
      description = "Seconds from the first result until events count (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Seconds during which events count (${DEFAULT-VALUE}).")
  private int seconds;

  /** Sorted latencies in ms, of each round. */
  private final Map<Setting, List<double[]>> latencies = new TreeMap<>(Setting.ORDER);

  public static void main(String[] args) {
    execute(new MeasureLatency(), args);
  }

  @Override
  void check(OptionChecks checks) {
    checks.wholeNumbers("--intervals", intervals, 1);
    checks.wholeNumbers("--commits", commits, 1);
    checks.wholeNumbers("--rate", List.of(rate), 1);
    checks.wholeNumbers("--warmup", List.of(warmup), 0);
    checks.wholeNumbers("--seconds", List.of(seconds), 1);
    checks.each(
        "--distribution-of",
        List.of(distributionOf),
        interval -> intervals.contains(interval) && commits.contains(interval),
        "one of --intervals and --commits");
  }

  @Override
  int allViews() {
    return rate * LONGEST_SECONDS;
  }

  @Override
  Stream<Setting> settings(Engine engine) {
    return engine.isMicroBatch()
        ? intervals.stream().map(interval -> Setting.batches(engine, interval))
        : Stream.concat(
            Stream.of(Setting.atLeastOnce(engine)),
            commits.stream().map(interval -> Setting.exactlyOnce(engine, interval)));
  }

  @Override
  String run(Setting setting, KafkaBroker kafka, int round) throws Exception {
    double[] ms;
    try (EngineRun run = new EngineRun(setting, kafka, views(), NO_LIMIT, allViews())) {
      ms = latencies(run);
    }
    latencies.computeIfAbsent(setting, s -> new ArrayList<>()).add(ms);
    return String.format(
        Locale.ROOT,
        "median %.1f, 99 of 100 within %.1f, worst %.1f ms",
        percentile(ms, 50),
        percentile(ms, 99),
        percentile(ms, 100));
  }

  /** Returns the latencies in ms, sorted. */
  private double[] latencies(EngineRun run) throws Exception {
    try (ViewsProducer views =
        ViewsProducer.start(run.job().servers(), run.job().input(), views(), rate)) {
      run.start();
      run.awaitResult();
      int first = views.firstDueFrom(System.nanoTime() + TimeUnit.SECONDS.toNanos(warmup));
      int until = first + seconds * rate;
      views.awaitSent(until);
      run.awaitViews(views.stop());
      long[] counted = run.counts().counted();
      double[] ms = new double[until - first];
      Arrays.setAll(ms, i -> (counted[first + i] - views.due(first + i)) / 1e6);
      Arrays.sort(ms);
      return ms;
    }
  }

  /** Returns the least value that so many of a hundred do not exceed. */
  static double percentile(double[] sorted, double percentile) {
    int place = (int) Math.ceil(sorted.length * percentile / 100) - 1;
    return sorted[Math.max(0, place)];
  }

  @Override
  Map<String, String> files() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("charts/latency-median.json", byInterval("half of the events are within", 50).json());
    files.put("charts/latency-99.json", byInterval("99 of 100 events are within", 99).json());
    files.put("charts/latency-distribution.json", distribution().json());
    return files;
  }

  private Chart byInterval(String label, double percentile) throws IOException {
    Map<String, List<Point>> points = new LinkedHashMap<>();
    latencies.forEach(
        (setting, rounds) -> {
          List<Point> series = points.computeIfAbsent(setting.title(), s -> new ArrayList<>());
          double[] values = rounds.stream().mapToDouble(ms -> percentile(ms, percentile)).toArray();
          if (setting.engine().isMicroBatch() || setting.exactlyOnce()) {
            series.add(Point.median(setting.intervalMs(), values));
          } else { // a level line: there is nothing to wait for
            IntStream.of(intervals.first(), intervals.last())
                .distinct()
                .forEach(end -> series.add(Point.median(end, values)));
          }
        });
    return chart(
        "Latency of an event, by the interval of batches, or of commits or checkpoints",
        Axis.of(
            "interval of batches (Spark), commits (Kafka Streams, exactly once), checkpoints"
                + " (Flink, exactly once)",
            "ms",
            Scale.LOG),
        Axis.of(label, "ms", Scale.LOG),
        points);
  }

  private Chart distribution() throws IOException {
    Map<String, List<Point>> points = new LinkedHashMap<>();
    latencies.forEach(
        (setting, rounds) -> {
          boolean always = !setting.engine().isMicroBatch() && !setting.exactlyOnce();
          if (always || setting.intervalMs() == distributionOf) {
            points.put(
                setting.title(),
                PERCENTILES.stream()
                    .map(
                        p ->
                            Point.median(
                                "%s %%".formatted(p == Math.rint(p) ? "" + p.intValue() : p),
                                rounds.stream().mapToDouble(ms -> percentile(ms, p)).toArray()))
                    .toList());
          }
        });
    return chart(
        "How the latencies of events are distributed, at an interval of %d ms"
            .formatted(distributionOf),
        Axis.of("of all events, so many", "%", Scale.CATEGORY),
        Axis.of("are within", "ms", Scale.LOG),
        points);
  }

  private Chart chart(String title, Axis x, Axis y, Map<String, List<Point>> points)
      throws IOException {
    List<Series> series = new ArrayList<>();
    points.forEach(
        (name, values) ->
            series.add(
                new Series(
                    name,
                    x.scale() == Scale.CATEGORY
                        ? values
                        : values.stream()
                            .sorted((a, b) -> Double.compare(number(a), number(b)))
                            .toList())));
    return new Chart(
        title,
        String.format(
            Locale.ROOT,
            "%s; %,d events a second, from when an event was due until a reader of the results has"
                + " the count that includes it; %d s of each run count, %d s after its first"
                + " result. At least once, a result does not wait: a level line. Flink then makes"
                + " a checkpoint each second, Kafka Streams a commit every 30 s",
            fixed(),
            rate,
            seconds,
            warmup),
        errorBars(),
        x,
        y,
        series,
        command("latency"),
        measured());
  }

  private static double number(Point point) {
    return ((Number) point.x()).doubleValue();
  }
}
