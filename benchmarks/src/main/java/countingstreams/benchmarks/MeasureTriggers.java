package countingstreams.benchmarks;

import countingstreams.testkit.MeasuredTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what an event waits for in a query without state, by the query's trigger. */
@Command(
    name = "MeasureTriggers",
    mixinStandardHelpOptions = true,
    description =
        "Measures how long an event takes through a query without state, by the query's trigger.")
public final class MeasureTriggers implements Callable<Integer> {

  private static final String MASTER = "local[4]";

  @Option(
      names = "--rounds",
      defaultValue = "4",
      description = "Rounds, each a run of each trigger, in another order (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--events",
      defaultValue = "2000",
      description = "How many events of a run count (${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--warmup",
      defaultValue = "400",
      description =
          "How many events a run has before them. As many has each trigger's run of a round "
              + "before the first, which does not count (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--every-ms",
      defaultValue = "5",
      description = "Milliseconds from an event to the next (${DEFAULT-VALUE}).")
  private int everyMs;

  @Option(names = "--output", description = "The file to write; if not given, it is printed.")
  private Path output;

  @Spec private CommandSpec command;

  /** Latencies in ms, of all rounds. */
  private final Map<TriggerSetting, List<Double>> latencies = new EnumMap<>(TriggerSetting.class);

  /** What the two logs of a batch took in ms, of all rounds. */
  private final Map<TriggerSetting, List<Double>> logs = new EnumMap<>(TriggerSetting.class);

  private final Map<TriggerSetting, Integer> batches = new EnumMap<>(TriggerSetting.class);

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureTriggers()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    checkOptions();
    try (SparkSession spark =
        SparkSession.builder()
            .master(MASTER)
            .appName("MeasureTriggers")
            .config("spark.ui.enabled", false)
            .getOrCreate()) {
      for (TriggerSetting setting : TriggerSetting.values()) {
        TriggerRun.of(spark, setting, warmup, 1, everyMs);
      }
      Steps steps = new Steps("Round", rounds);
      for (int round = 1; round <= rounds; round++) {
        steps.begin("all triggers");
        List<TriggerSetting> order = new ArrayList<>(List.of(TriggerSetting.values()));
        Collections.shuffle(order, new Random(round)); // what others do here hits all alike
        for (TriggerSetting setting : order) {
          note(setting, TriggerRun.of(spark, setting, warmup, events, everyMs));
        }
      }
    }
    MeasuredTable table = table();
    if (output == null) {
      System.out.print(table.json());
    } else {
      table.write(output);
    }
    return 0;
  }

  private void checkOptions() {
    OptionChecks checks = new OptionChecks(command);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    checks.wholeNumbers("--events", List.of(events), 1);
    checks.wholeNumbers("--warmup", List.of(warmup), 0);
    checks.wholeNumbers("--every-ms", List.of(everyMs), 1);
    checks.output(output);
  }

  private void note(TriggerSetting setting, TriggerRun run) {
    double[] ms = run.latenciesMs();
    Arrays.stream(ms).forEach(latencies.computeIfAbsent(setting, s -> new ArrayList<>())::add);
    logs.computeIfAbsent(setting, s -> new ArrayList<>()).addAll(run.logsMs());
    batches.merge(setting, run.batches(), Integer::sum);
    System.out.printf(
        "  %s: median %s, 99th percentile %s, worst %s ms; %d batches%n",
        setting.title(),
        shown(Report.median(ms)),
        shown(percentile99(ms)),
        shown(Report.worst(ms)),
        run.batches());
  }

  private MeasuredTable table() {
    List<List<Object>> rows = new ArrayList<>();
    for (TriggerSetting setting : TriggerSetting.values()) {
      double[] ms = array(latencies.get(setting));
      rows.add(
          List.of(
              setting.title(),
              shown(Report.median(ms)),
              shown(percentile99(ms)),
              shown(Report.worst(ms)),
              batches.get(setting),
              logs.get(setting).isEmpty() ? "–" : shown(Report.median(array(logs.get(setting)))),
              setting.offsetsLogged()));
    }
    return MeasuredTable.here(
        ("From when the driver adds an event to the source until a ForeachWriter has it, by the"
                + " query's trigger; the query is a map, without state. Held fixed: %d rounds of all"
                + " triggers, each in another order; in each %d events, one every %d ms, after %d that"
                + " do not count; one partition; one JVM, %s; a checkpoint on the local disk. The"
                + " source is LowLatencyMemoryStream; Continuous, which can't read it, has"
                + " ContinuousMemoryStream. With Continuous and RealTime a reader that finds no event"
                + " looks again after 10 ms: half of that is in their medians. Logs: to write the"
                + " offsets and the commit of a batch, median; Continuous does not report it")
            .formatted(rounds, events, everyMs, warmup, MASTER),
        List.of(
            "trigger",
            "median, ms",
            "99th percentile, ms",
            "worst, ms",
            "batches or epochs",
            "logs, ms a batch",
            "offsets are logged"),
        rows);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Returns the least latency that at least 99 of 100 do not exceed. */
  private static double percentile99(double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    return sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
  }

  /** A text, as a page would show 5.0 as 5. */
  private static String shown(double ms) {
    return String.format(Locale.ROOT, "%.1f", ms);
  }
}
