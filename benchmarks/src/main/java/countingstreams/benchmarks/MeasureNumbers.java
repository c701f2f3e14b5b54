package countingstreams.benchmarks;

import countingstreams.benchmarks.NumbersBenchmark.Source;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Runs the benchmark of exercise 1.2 against Spark's range: each of the two in JVMs of its own, as
 * in an app, and both in one JVM, whose compiler then has one loop for two kinds of iterators.
 */
@Command(
    name = "MeasureNumbers",
    mixinStandardHelpOptions = true,
    description = "Measures how fast exercise 1.2's solution counts, against SparkContext.range.")
public final class MeasureNumbers implements Callable<Integer> {

  private static final double GOAL = 0.95;

  /** What runs in a JVM. */
  private enum Together {
    SOLUTION(Source.SOLUTION),
    RANGE(Source.RANGE),
    BOTH(Source.SOLUTION, Source.RANGE);

    private final List<Source> sources;

    Together(Source... sources) {
      this.sources = List.of(sources);
    }

    String joined(String separator, Function<Source, String> name) {
      return sources.stream().map(name).collect(Collectors.joining(separator));
    }
  }

  @Option(
      names = "--numbers",
      defaultValue = "1000000000",
      description = "How many numbers a job counts (${DEFAULT-VALUE}).")
  private int numbers;

  @Option(
      names = "--partitions",
      split = ",",
      defaultValue = "1,2,4,8,16",
      description = "In how many partitions (${DEFAULT-VALUE}).")
  private SortedSet<Integer> partitions;

  @Option(
      names = "--jvms",
      defaultValue = "6",
      description =
          "How many JVMs run for each of the two, and for both; 0 is this one (${DEFAULT-VALUE}).")
  private int jvms;

  @Option(
      names = "--warmup",
      defaultValue = "3",
      description = "Rounds of a JVM before the measured ones (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description =
          "Measured rounds of a JVM, a job of what it runs with each number of partitions "
              + "(${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private ChartFolder charts;
  @Spec private CommandSpec command;

  private final Map<Together, List<RunResult>> measured = new EnumMap<>(Together.class);

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureNumbers()).execute(args));
  }

  @Override
  public Integer call() throws RunnerException {
    OptionChecks checks = new OptionChecks(command);
    checks.wholeNumbers("--numbers", List.of(numbers), 1);
    checks.wholeNumbers("--partitions", partitions, 1);
    checks.wholeNumbers("--jvms", List.of(jvms), 0);
    checks.wholeNumbers("--warmup", List.of(warmup), 0);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    charts.check(checks);
    measure();
    charts.add("numbers", speeds());
    charts.add("numbers-ratio", ratios());
    return 0;
  }

  private void measure() throws RunnerException {
    Steps steps = new Steps("JVM", turns() * Together.values().length);
    List<Together> order = new ArrayList<>(List.of(Together.values()));
    for (int turn = 0; turn < turns(); turn++) {
      Collections.shuffle(order, new Random(turn));
      for (Together together : order) {
        steps.begin(together.joined(" and ", Source::title));
        measured.computeIfAbsent(together, t -> new ArrayList<>()).add(run(together));
      }
    }
  }

  private int turns() {
    return Math.max(1, jvms);
  }

  private RunResult run(Together together) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(NumbersBenchmark.class.getName())
        .addProfiler(RoundProfiler.class)
        .verbosity(VerboseMode.SILENT)
        .shouldFailOnError(true)
        .forks(Math.min(1, jvms))
        .warmupIterations(warmup)
        .measurementIterations(rounds)
        .param("sources", together.joined(",", Source::name))
        .param("numbers", String.valueOf(numbers))
        .param(
            "partitions",
            partitions.stream().map(String::valueOf).collect(Collectors.joining(",")));
    return new Runner(options.build()).runSingle();
  }

  private Chart speeds() {
    return chart(
        "How fast a Spark job counts numbers that its tasks make",
        new Axis("numbers", "millions a second", Scale.LINEAR, null),
        List.of(speed(Together.SOLUTION, Source.SOLUTION), speed(Together.RANGE, Source.RANGE)));
  }

  private Series speed(Together together, Source source) {
    return series(source.title(), number -> numbersASecond(together, source, number));
  }

  private Chart ratios() {
    return chart(
        "Exercise 1.2's solution against SparkContext.range: how many numbers it counts in the"
            + " same time",
        new Axis("solution ÷ range", "", Scale.LINEAR, GOAL),
        List.of(
            ratio("a JVM for each of the two", Together.SOLUTION, Together.RANGE),
            ratio("both in one JVM", Together.BOTH, Together.BOTH)));
  }

  private Series ratio(String name, Together solution, Together range) {
    return series(
        name,
        number -> {
          double[] ours = numbersASecond(solution, Source.SOLUTION, number);
          double[] sparks = numbersASecond(range, Source.RANGE, number);
          return IntStream.range(0, ours.length).mapToDouble(i -> ours[i] / sparks[i]).toArray();
        });
  }

  private Series series(String name, IntFunction<double[]> figures) {
    return new Series(
        name,
        partitions.stream().map(number -> Point.median(number, figures.apply(number))).toList());
  }

  /** Returns, in millions, each JVM's median: what its compiler makes of a loop, it keeps. */
  private double[] numbersASecond(Together together, Source source, int partitions) {
    return measured.get(together).stream()
        .map(run -> Report.values(run, NumbersBenchmark.name(source, partitions)))
        .mapToDouble(seconds -> numbers / 1e6 / Report.median(seconds))
        .toArray();
  }

  private Chart chart(String title, Axis y, List<Series> series) {
    return new Chart(
        title,
        ("%,d numbers a job; local[%d], a task a partition; the JVMs take turns, %d rounds to warm"
                + " up; a round is a job with each number of partitions, in shuffled order")
            .formatted(numbers, NumbersBenchmark.THREADS, warmup),
        "median of %d JVMs, each with the median of its %d rounds, from the least to the greatest"
            .formatted(turns(), rounds),
        Axis.of("partitions", "", Scale.LOG),
        y,
        series,
        "benchmarks/run numbers",
        Chart.Measured.here(Map.of()));
  }
}
