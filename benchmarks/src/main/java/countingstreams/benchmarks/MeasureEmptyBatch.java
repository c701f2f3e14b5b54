package countingstreams.benchmarks;

import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what each lesson's concept adds to a batch in which there is nothing. */
@Command(
    name = "MeasureEmptyBatch",
    mixinStandardHelpOptions = true,
    description = "Measures an empty batch of each lesson's stream, against the one before it.")
public final class MeasureEmptyBatch implements Callable<Integer> {

  private static final double GOAL = 1.05;
  private static final int HEAP_MEGABYTES = 512;

  /** Until when a batch is timed: the place in what {@link EmptyBatchMain} answers. */
  private enum Until {
    COMPLETED("until it is completed"),
    DONE("until its checkpoint is written, too");

    private final String title;

    Until(String title) {
      this.title = title;
    }
  }

  @Option(
      names = "--sets",
      defaultValue = "3",
      description = "How often all start anew, each stream in a JVM (${DEFAULT-VALUE}).")
  private int sets;

  @Option(
      names = "--warmup",
      defaultValue = "300",
      description = "Rounds of a set before the measured ones (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--rounds",
      defaultValue = "300",
      description = "Measured rounds of a set, a batch of each stream (${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private ChartFolder charts;
  @Spec private CommandSpec command;

  /** Milliseconds of all sets' rounds, in order. */
  private final Map<Until, Map<EmptyBatch, List<Double>>> times = new EnumMap<>(Until.class);

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureEmptyBatch()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    OptionChecks checks = new OptionChecks(command);
    checks.wholeNumbers("--sets", List.of(sets), 1);
    checks.wholeNumbers("--warmup", List.of(warmup), 0);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    charts.check(checks);
    for (Until until : Until.values()) {
      times.put(until, new EnumMap<>(EmptyBatch.class));
    }
    Steps steps = new Steps("Set", sets);
    for (int set = 0; set < sets; set++) {
      steps.begin("%d rounds of %d streams".formatted(warmup + rounds, EmptyBatch.values().length));
      set(new Random(set));
    }
    charts.add("empty-batch", ratios());
    charts.add("empty-batch-ms", milliseconds());
    return 0;
  }

  private void set(Random random) throws IOException, InterruptedException {
    List<CandidateProcess<EmptyBatch>> streams = new ArrayList<>();
    try {
      for (EmptyBatch stream : EmptyBatch.values()) {
        streams.add(new CandidateProcess<>(stream, EmptyBatchMain.class, HEAP_MEGABYTES));
      }
      for (CandidateProcess<EmptyBatch> stream : streams) {
        stream.awaitReady();
      }
      for (int round = -warmup; round < rounds; round++) {
        Collections.shuffle(streams, random);
        for (CandidateProcess<EmptyBatch> stream : streams) {
          long[] answer = stream.ask("batch");
          if (round >= 0) {
            note(stream.candidate(), answer);
          }
        }
      }
    } finally {
      for (CandidateProcess<EmptyBatch> stream : streams) {
        stream.end();
      }
    }
  }

  private void note(EmptyBatch stream, long[] answer) {
    for (Until until : Until.values()) {
      times
          .get(until)
          .computeIfAbsent(stream, s -> new ArrayList<>())
          .add(answer[until.ordinal()] / 1e6);
    }
  }

  private Chart ratios() {
    List<Series> series = new ArrayList<>();
    for (Until until : Until.values()) {
      List<Point> points = new ArrayList<>();
      for (EmptyBatch stream : EmptyBatch.values()) {
        if (stream.before() != null) {
          double[] ours = times(until, stream);
          double[] before = times(until, stream.before());
          points.add(
              Report.quartiles(
                  stream.title() + " ÷ " + stream.before().title(),
                  IntStream.range(0, ours.length).mapToDouble(i -> ours[i] / before[i]).toArray()));
        }
      }
      series.add(new Series(until.title, points));
    }
    return chart(
        "What each lesson's concept costs: an empty batch of its stream against one of the stream"
            + " before; the goal is for lesson 1's against Spark's own",
        new Axis("time ÷ time of the stream before", "", Scale.LINEAR, GOAL),
        series);
  }

  private Chart milliseconds() {
    List<Series> series = new ArrayList<>();
    for (Until until : Until.values()) {
      series.add(
          new Series(
              until.title,
              Arrays.stream(EmptyBatch.values())
                  .map(stream -> Report.quartiles(stream.title(), times(until, stream)))
                  .toList()));
    }
    return chart(
        "An empty batch of each lesson's stream", Axis.of("time", "ms", Scale.LINEAR), series);
  }

  private double[] times(Until until, EmptyBatch stream) {
    return times.get(until).get(stream).stream().mapToDouble(Double::doubleValue).toArray();
  }

  private Chart chart(String title, Axis y, List<Series> series) {
    return new Chart(
        title,
        ("0 numbers in %d partitions, counted by one Spark job; local[%d]; from when a manual clock"
                + " reaches the batch time. Checkpoints, on a local disk, are on but for"
                + " ConstantInputDStream and the first of lesson 1; where they are off, the second"
                + " time is until the engine has let go of the batch's RDDs. Lesson 4 and 5 read a"
                + " topic in memory in which nothing is new; lesson 5 keeps its RDDs in memory. Each"
                + " stream in a JVM of its own; a round is a batch of each, in shuffled order; %d"
                + " sets of JVMs, one after the other, each after %d rounds to warm up")
            .formatted(EmptyBatch.PARTITIONS, EmptyBatch.PARTITIONS, sets, warmup),
        "median of %d rounds, from the first quartile to the third".formatted(sets * rounds),
        Axis.of("stream", "", Scale.CATEGORY),
        y,
        series,
        "benchmarks/run empty-batch",
        Chart.Measured.here(Map.of()));
  }
}
