package countingstreams.benchmarks;

import countingstreams.lesson03.PageViewsState;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how long a killed driver takes to come back, by the size of its state. */
@Command(
    name = "MeasureRecovery",
    mixinStandardHelpOptions = true,
    description = "Measures how long a killed driver takes to come back, by the size of its state.")
public final class MeasureRecovery implements Callable<Integer> {

  @Option(
      names = "--keys",
      split = ",",
      defaultValue = "0,10000,100000,1000000",
      description =
          "How many pages have a total: 0, or divisors of a power of ten (${DEFAULT-VALUE}).")
  private SortedSet<Integer> keys;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Rounds, in each a recovery of each state (${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private ChartFolder charts;
  @Spec private CommandSpec command;

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureRecovery()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    OptionChecks checks = new OptionChecks(command);
    checks.each(
        "--keys", keys, MeasureRecovery::isGood, "0 or a divisor of a power of ten, at most 10^9");
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    charts.check(checks);
    Map<SavedState, List<Double>> seconds = new LinkedHashMap<>();
    try {
      Steps building = new Steps("State", PageViewsState.values().length * keys.size());
      for (PageViewsState state : PageViewsState.values()) {
        for (int number : keys) {
          building.begin("%s with %,d keys".formatted(state, number));
          seconds.put(new SavedState(state, number), new ArrayList<>());
        }
      }
      measure(seconds);
    } finally {
      for (SavedState state : seconds.keySet()) {
        state.close();
      }
    }
    charts.add("recovery-time", chart(seconds));
    return 0;
  }

  private static boolean isGood(int keys) {
    return keys == 0 || keys > 0 && 1_000_000_000 % keys == 0;
  }

  private void measure(Map<SavedState, List<Double>> seconds)
      throws IOException, InterruptedException {
    List<SavedState> order = new ArrayList<>(seconds.keySet());
    Steps steps = new Steps("Recovery", rounds * order.size());
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, new Random(round));
      for (SavedState state : order) {
        steps.begin("%s with %,d keys".formatted(state.state(), state.keys()));
        seconds.get(state).add(state.recoverySeconds());
      }
    }
  }

  private Chart chart(Map<SavedState, List<Double>> seconds) {
    Map<PageViewsState, List<Point>> points = new LinkedHashMap<>();
    seconds.forEach(
        (state, values) ->
            points
                .computeIfAbsent(state.state(), s -> new ArrayList<>())
                .add(
                    Point.median(
                        "%,d".formatted(state.keys()),
                        values.stream().mapToDouble(Double::doubleValue).toArray())));
    return new Chart(
        "How long a killed driver takes until it puts out a batch again, by the size of its state",
        ("from the start of its JVM until it has printed the checksum of all totals, which is"
                + " checked; local[%d], %d partitions, files on a local disk. The driver before it"
                + " was killed once the checkpoint of batch %d was written, and that batch runs"
                + " again; Spark's own states were last written in batch 10. Batch 1 views each page"
                + " once, each later one 100 of them; a round is a recovery of each state, in"
                + " shuffled order, from the same files")
            .formatted(Workload.PARTITIONS, Workload.PARTITIONS, RecoveryMain.BATCHES),
        "median of %d rounds, from the least to the greatest".formatted(rounds),
        Axis.of("keys", "", Scale.CATEGORY),
        Axis.of("time", "s", Scale.LINEAR),
        points.entrySet().stream()
            .map(state -> new Series(title(state.getKey()), state.getValue()))
            .toList(),
        "benchmarks/run recovery-time",
        Chart.Measured.here(Map.of()));
  }

  private static String title(PageViewsState state) {
    return state == PageViewsState.OWN ? "own state stream" : state.toString();
  }
}
