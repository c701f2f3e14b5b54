package countingstreams.benchmarks;

import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how long a learner waits for a lesson's tests, against the least that they can take. */
@Command(
    name = "MeasureTestRun",
    mixinStandardHelpOptions = true,
    description = "Measures a lesson's test run against a bare JVM with Spark and one batch.")
public final class MeasureTestRun implements Callable<Integer> {

  private static final double GOAL = 1.5;
  private static final Path ROOT = Path.of("..");
  private static final String FLOOR = "JVM, Spark and one batch";
  private static final String JVM = "test JVM";
  private static final String COMMAND = "from command to verdict";

  /** What is tested: by its profile in Maven. */
  private enum Tests {
    LESSON_1("lesson-01", "lesson 1"),
    LESSON_2("lesson-02", "lesson 2"),
    LESSON_3("lesson-03", "lesson 3"),
    LESSON_4("lesson-04", "lesson 4"),
    LESSON_5("lesson-05", "lesson 5"),
    QUERIES("structured-01", "Structured Streaming");

    private final String profile;
    private final String title;

    Tests(String profile, String title) {
      this.profile = profile;
      this.title = title;
    }
  }

  /** A floor and a test run, one after the other. */
  private record Round(double floorSeconds, TimedMaven.Run run) {}

  @Option(
      names = "--tests",
      split = ",",
      defaultValue = "LESSON_1,LESSON_2,LESSON_3,LESSON_4,LESSON_5,QUERIES",
      description = "What is tested (${DEFAULT-VALUE}).")
  private LinkedHashSet<Tests> tests;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Rounds, in each the floor and a run of each of the tests (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--suite-rounds",
      defaultValue = "1",
      description =
          "How often the tests of all modules run, which takes minutes (${DEFAULT-VALUE}).")
  private int suiteRounds;

  @Option(
      names = "--maven",
      defaultValue = "mvn",
      description = "The command that is Maven (${DEFAULT-VALUE}).")
  private String maven;

  @Mixin private ChartFolder charts;
  @Spec private CommandSpec command;

  private final Map<Tests, List<Round>> measured = new LinkedHashMap<>();
  private final List<Double> suiteSeconds = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureTestRun()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    OptionChecks checks = new OptionChecks(command);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    checks.wholeNumbers("--suite-rounds", List.of(suiteRounds), 0);
    charts.check(checks);
    try (TimedMaven timed = new TimedMaven(maven, ROOT)) {
      measure(timed);
    }
    charts.add("test-run", seconds());
    charts.add("test-run-ratio", ratios());
    return 0;
  }

  private void measure(TimedMaven timed) throws IOException, InterruptedException {
    Path lesson = ROOT.resolve("lesson-01-counting-dstream");
    String classPath =
        timed.classPath(Tests.LESSON_1.profile, lesson)
            + File.pathSeparator
            + Path.of("target/classes").toAbsolutePath();
    Map<Tests, List<String>> flags = new LinkedHashMap<>();
    Steps first = new Steps("First run", tests.size());
    for (Tests each : tests) { // compiles, and does not count
      first.begin(each.title);
      flags.put(each, timed.test("-P" + each.profile).flags());
      measured.put(each, new ArrayList<>());
    }
    Steps steps = new Steps("Run", rounds * tests.size());
    List<Tests> order = new ArrayList<>(tests);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, new Random(round));
      for (Tests each : order) {
        steps.begin(each.title);
        double floor = timed.program(flags.get(each), classPath, Floor.class, lesson);
        TimedMaven.Run run = timed.test("-P" + each.profile);
        measured.get(each).add(new Round(floor, run));
        System.out.printf(
            "  %s %.1f s, %s %.1f s, %s %.1f s%n",
            FLOOR, floor, JVM, run.jvmSeconds(), COMMAND, run.commandSeconds());
      }
    }
    Steps suites = new Steps("Run", suiteRounds);
    for (int round = 0; round < suiteRounds; round++) {
      suites.begin("all modules");
      suiteSeconds.add(timed.seconds(List.of("test")));
    }
  }

  private Chart seconds() {
    List<Point> commands = new ArrayList<>(points(round -> round.run().commandSeconds()));
    if (!suiteSeconds.isEmpty()) {
      commands.add(
          Point.median(
              "all modules", suiteSeconds.stream().mapToDouble(Double::doubleValue).toArray()));
    }
    return chart(
        "How long a learner waits for a lesson's tests",
        Axis.of("time", "s", Scale.LOG),
        List.of(
            new Series(FLOOR, points(Round::floorSeconds)),
            new Series(JVM, points(round -> round.run().jvmSeconds())),
            new Series(COMMAND, commands)));
  }

  private Chart ratios() {
    return chart(
        "A lesson's test JVM against a JVM that starts Spark, runs one batch and stops",
        new Axis("time ÷ time of the bare program", "", Scale.LINEAR, GOAL),
        List.of(new Series(JVM, points(round -> round.run().jvmSeconds() / round.floorSeconds()))));
  }

  private List<Point> points(ToDoubleFunction<Round> figure) {
    return measured.entrySet().stream()
        .map(
            each ->
                Point.median(
                    each.getKey().title, each.getValue().stream().mapToDouble(figure).toArray()))
        .toList();
  }

  private Chart chart(String title, Axis y, List<Series> series) {
    return new Chart(
        title,
        "mvn -o -q -Plesson-01 test, and so on, its exercises untouched, all compiled before; the"
            + " bare program has the same flags and lesson 1's class path, and runs right before"
            + " each; modules in shuffled order in each round",
        "median of %d rounds, from the least to the greatest; all modules: %d"
            .formatted(rounds, suiteRounds),
        Axis.of("tests", "", Scale.CATEGORY),
        y,
        series,
        "benchmarks/run test-run",
        Chart.Measured.here(Map.of()));
  }
}
