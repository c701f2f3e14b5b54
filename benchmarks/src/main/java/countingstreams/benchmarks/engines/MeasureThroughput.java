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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how many events a second an engine counts, if they are all there. */
@Command(
    name = "MeasureThroughput",
    description = "Measures how many events a second an engine counts, if they are all there.")
public final class MeasureThroughput extends EngineMeasurement {

  @Option(
      names = "--events",
      defaultValue = "2000000",
      description = "How many events there are; the second half of them counts (${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--batch",
      defaultValue = "100000",
      description = "How many events a batch has at most (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--interval",
      defaultValue = "200",
      description =
          "Milliseconds between batches, less than a full one takes; and between commits or"
              + " checkpoints of the engines that write results in transactions (${DEFAULT-VALUE}).")
  private int interval;

  private final Map<Setting, List<Double>> rates = new TreeMap<>(Setting.ORDER);
  private final Map<Setting, List<Double>> results = new TreeMap<>(Setting.ORDER);

  public static void main(String[] args) {
    execute(new MeasureThroughput(), args);
  }

  @Override
  void check(OptionChecks checks) {
    checks.wholeNumbers("--events", List.of(events), 2);
    checks.wholeNumbers("--batch", List.of(batch), 1);
    checks.wholeNumbers("--interval", List.of(interval), 1);
  }

  @Override
  int allViews() {
    return events;
  }

  @Override
  Stream<Setting> settings(Engine engine) {
    return engine.isMicroBatch()
        ? Stream.of(Setting.batches(engine, interval))
        : Stream.of(Setting.atLeastOnce(engine), Setting.exactlyOnce(engine, interval));
  }

  @Override
  String run(Setting setting, KafkaBroker kafka, int round) throws Exception {
    try (EngineRun run = new EngineRun(setting, kafka, views(), batch, events)) {
      ViewsProducer.writeAll(run.job().servers(), run.job().input(), views(), events);
      run.start();
      run.awaitViews(events / 2);
      int before = run.counts().countedViews();
      long resultsBefore = run.counts().results();
      long start = run.counts().lastResult();
      run.awaitViews(events);
      double seconds = (run.counts().lastResult() - start) / 1e9;
      int counted = events - before;
      double written = (double) (run.counts().results() - resultsBefore) / counted;
      rates.computeIfAbsent(setting, s -> new ArrayList<>()).add(counted / seconds / 1000);
      results.computeIfAbsent(setting, s -> new ArrayList<>()).add(written);
      return String.format(
          Locale.ROOT, "%,.0f events a second, %.3f results an event", counted / seconds, written);
    }
  }

  @Override
  Map<String, String> files() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(
        "charts/throughput.json",
        chart(
                "Events a second that each engine counts",
                Axis.of("events a second", "thousands", Scale.LINEAR),
                rates)
            .json());
    files.put(
        "charts/throughput-results.json",
        chart(
                "Results that each engine writes for an event, at full load",
                Axis.of("results an event", "", Scale.LOG),
                results)
            .json());
    return files;
  }

  private Chart chart(String title, Axis y, Map<Setting, List<Double>> measured)
      throws IOException {
    List<Point> points = new ArrayList<>();
    measured.forEach(
        (setting, values) ->
            points.add(
                Point.median(
                    setting.title(), values.stream().mapToDouble(Double::doubleValue).toArray())));
    return new Chart(
        title,
        String.format(
            Locale.ROOT,
            "%s; %,d events, all of them in the topic before the engine starts, the second half of"
                + " them counts; batches of at most %,d events; every %d ms a batch is due, or a"
                + " commit or checkpoint if results are written exactly once",
            fixed(),
            events,
            batch,
            interval),
        errorBars(),
        Axis.of("engine", "", Scale.CATEGORY),
        y,
        List.of(new Series("median", points)),
        command("throughput"),
        measured());
  }
}
