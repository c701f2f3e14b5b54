package countingstreams.benchmarks;

import countingstreams.benchmarks.NumbersBenchmark.Source;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the benchmark of exercise 1.2, and makes the charts of lesson 1. */
@Command(
    name = "MeasureNumbers",
    mixinStandardHelpOptions = true,
    description = "Measures how fast exercise 1.2's solution counts, against SparkContext.range.")
public final class MeasureNumbers implements Callable<Integer> {

  private static final double GOAL = 0.95;

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
      defaultValue = "10",
      description = "How many JVMs run, one after the other; 0 is this one (${DEFAULT-VALUE}).")
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
          "Measured rounds of a JVM, a job of each of the two with each number of partitions "
              + "(${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private ChartFolder charts;
  @Spec private CommandSpec command;

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
    RunResult run = run();
    charts.add("numbers", speeds(run));
    charts.add("numbers-ratio", ratios(run));
    return 0;
  }

  private RunResult run() throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(NumbersBenchmark.class.getName())
        .addProfiler(RoundProfiler.class)
        .shouldFailOnError(true)
        .forks(jvms)
        .warmupIterations(warmup)
        .measurementIterations(rounds)
        .param("numbers", String.valueOf(numbers))
        .param(
            "partitions",
            partitions.stream().map(String::valueOf).collect(Collectors.joining(",")));
    return new Runner(options.build()).runSingle();
  }

  private Chart speeds(RunResult run) {
    List<Series> series = new ArrayList<>();
    for (Source source : Source.values()) {
      series.add(
          series(
              source.title(),
              number ->
                  Arrays.stream(seconds(run, source, number))
                      .map(seconds -> numbers / 1e6 / seconds)
                      .toArray()));
    }
    return chart(
        "How fast a Spark job counts numbers that its tasks make",
        new Axis("numbers", "millions a second", Scale.LINEAR, null),
        series);
  }

  private Chart ratios(RunResult run) {
    return chart(
        "Exercise 1.2's solution against SparkContext.range: how many numbers it counts in the"
            + " same time",
        new Axis("solution ÷ range", "", Scale.LINEAR, GOAL),
        List.of(
            series(
                Source.SOLUTION.title(),
                number -> {
                  double[] solution = seconds(run, Source.SOLUTION, number);
                  double[] range = seconds(run, Source.RANGE, number);
                  return IntStream.range(0, range.length)
                      .mapToDouble(round -> range[round] / solution[round])
                      .toArray();
                })));
  }

  private Series series(String name, IntFunction<double[]> figures) {
    return new Series(
        name,
        partitions.stream()
            .map(number -> Point.median(number, medians(figures.apply(number))))
            .toList());
  }

  /** Returns each JVM's median: what its compiler makes of a loop, it keeps. */
  private double[] medians(double[] figures) {
    return IntStream.range(0, figures.length / rounds)
        .mapToDouble(
            jvm -> Report.median(Arrays.copyOfRange(figures, jvm * rounds, (jvm + 1) * rounds)))
        .toArray();
  }

  private Chart chart(String title, Axis y, List<Series> series) {
    return new Chart(
        title,
        ("%,d numbers a job; local[%d], a task a partition; %s, after %d rounds to warm up; a round"
                + " is a job of each of the two with each number of partitions, in shuffled order")
            .formatted(numbers, NumbersBenchmark.THREADS, jvms(), warmup),
        "a JVM counts with the median of its %d rounds; the median JVM, from the slowest to the fastest"
            .formatted(rounds),
        Axis.of("partitions", "", Scale.LOG),
        y,
        series,
        "benchmarks/run numbers",
        Chart.Measured.here(Map.of()));
  }

  private String jvms() {
    return jvms <= 1 ? "one JVM" : "%d JVMs, one after the other".formatted(jvms);
  }

  private static double[] seconds(RunResult run, Source source, int partitions) {
    return Report.values(run, NumbersBenchmark.name(source, partitions));
  }
}
