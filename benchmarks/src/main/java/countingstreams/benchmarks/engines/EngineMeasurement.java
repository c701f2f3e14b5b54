package countingstreams.benchmarks.engines;

import countingstreams.benchmarks.OptionChecks;
import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.Chart.Measured;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs each engine some times, one after the other, in another order each round, so that what else
 * the machine does hits all of them alike. All have one broker.
 */
@Command(mixinStandardHelpOptions = true)
abstract class EngineMeasurement implements Callable<Integer> {

  /** More of a batch than there will be. */
  static final int NO_LIMIT = 1_000_000_000;

  /** The first JDK without {@code Subject.getSubject}. */
  private static final int NO_SUBJECT = 24;

  private static final Path FLINK = Path.of("flink/target/jars");

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Rounds, each a run of each engine in each setting (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--pages",
      defaultValue = "1000",
      description = "How many pages there are, the keys of the count (${DEFAULT-VALUE}).")
  private int pages;

  @Option(
      names = "--engines",
      split = ",",
      defaultValue = "DSTREAMS,STRUCTURED,KAFKA_STREAMS,FLINK",
      description = "The engines to compare (${DEFAULT-VALUE}).")
  private Set<Engine> engines;

  @Option(
      names = "--output",
      description = "The folder to write the charts to; if not given, they are printed.")
  private Path output;

  @Spec private CommandSpec command;

  private Views views;

  /** Refuses options, in one line, before anything runs. */
  abstract void check(OptionChecks checks);

  /** Returns in which settings an engine runs in a round. */
  abstract Stream<Setting> settings(Engine engine);

  /** Returns how many views a run has at most. */
  abstract int allViews();

  /**
   * Runs an engine, and notes what was measured.
   *
   * @return what came out, for the console
   */
  abstract String run(Setting setting, KafkaBroker kafka, int round) throws Exception;

  /** Returns what the pages show, by the name of the file. */
  abstract Map<String, String> files() throws IOException;

  @Override
  public final Integer call() throws Exception {
    OptionChecks checks = new OptionChecks(command);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    checks.wholeNumbers("--pages", List.of(pages), 1);
    check(checks);
    if (output != null && !Files.isDirectory(output)) {
      throw new ParameterException(
          command.commandLine(), "--output %s is not a folder that is there".formatted(output));
    }
    if (engines.contains(Engine.STRUCTURED) && Runtime.version().feature() >= NO_SUBJECT) {
      throw new ParameterException(
          command.commandLine(),
          "Spark's connector for Kafka does not run on JDK 24 and newer, as it asks Hadoop for the user by a method that Java has switched off: take JDK 17 to 23, or leave STRUCTURED out of --engines");
    }
    if (engines.contains(Engine.FLINK) && !Files.isDirectory(FLINK)) {
      throw new ParameterException(
          command.commandLine(),
          "There are no jars of Flink in benchmarks/%s: mvn -Pengines compile copies them"
              .formatted(FLINK));
    }
    views = new Views(pages, allViews());
    try (KafkaBroker kafka = KafkaBroker.start()) {
      Runtime.getRuntime().addShutdownHook(new Thread(kafka::close)); // also if it is interrupted
      runAll(kafka);
    }
    write();
    return 0;
  }

  private void runAll(KafkaBroker kafka) throws Exception {
    List<Setting> settings = engines.stream().flatMap(this::settings).toList();
    int all = rounds * settings.size();
    int done = 0;
    long start = System.nanoTime();
    for (int round = 1; round <= rounds; round++) {
      List<Setting> order = new ArrayList<>(settings);
      Collections.shuffle(order, new Random(round));
      for (Setting setting : order) {
        String result = run(setting, kafka, round);
        done++;
        double minutesLeft = (System.nanoTime() - start) / 60e9 / done * (all - done);
        System.out.printf(
            Locale.ROOT,
            "%d of %d, round %d: %s: %s (%.0f min left)%n",
            done,
            all,
            round,
            setting,
            result,
            minutesLeft);
      }
    }
  }

  private void write() throws IOException {
    files()
        .forEach(
            (name, content) -> {
              if (output == null) {
                System.out.print(content);
                return;
              }
              try {
                Files.writeString(output.resolve(name), content);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              System.out.println("Written: " + output.resolve(name));
            });
  }

  static void execute(EngineMeasurement measurement, String[] args) {
    System.exit(commandLine(measurement).execute(args));
  }

  static CommandLine commandLine(EngineMeasurement measurement) {
    return new CommandLine(measurement).setCaseInsensitiveEnumValuesAllowed(true);
  }

  final Views views() {
    return views;
  }

  final int rounds() {
    return rounds;
  }

  /** Returns what the error bars are, if a figure is one of a run. */
  final String errorBars() {
    return "from the lowest to the highest of %d rounds, each with all engines in another order; the figure is the median of the rounds"
        .formatted(rounds);
  }

  /** Returns what measures the same again. */
  final String command(String name) {
    List<String> words = new ArrayList<>(List.of("benchmarks/run", name));
    words.addAll(command.commandLine().getParseResult().originalArgs());
    int place = words.indexOf("--output");
    if (place >= 0) {
      words.subList(place, place + 2).clear();
    }
    return String.join(" ", words);
  }

  /** Returns in words what all runs have in common. */
  final String fixed() {
    return String.format(
        Locale.ROOT,
        "the count of %,d keys, a few of which have most of the views; %d partitions and as many"
            + " tasks or threads; each engine in one JVM with %,d MB of heap, and one Kafka broker"
            + " for all, on one machine; records keyed by page, so Kafka Streams needs no topic in"
            + " between; what writes the results does not linger",
        pages,
        CountJob.PARTITIONS,
        EngineRun.HEAP_MEGABYTES);
  }

  /** Returns where and when, and the versions of all that was compared. */
  final Measured measured() throws IOException {
    return Measured.here(versions());
  }

  /** Returns the versions of what Spark is compared with. */
  static Map<String, String> versions() throws IOException {
    return new TreeMap<>(
        Map.of("Kafka, Kafka Streams", AppInfoParser.getVersion(), "Flink", flinkVersion()));
  }

  private static String flinkVersion() throws IOException {
    try (Stream<Path> jars = Files.list(FLINK)) {
      return jars.map(jar -> jar.getFileName().toString())
          .filter(jar -> jar.startsWith("flink-core-") && !jar.startsWith("flink-core-api"))
          .map(jar -> jar.replaceAll("flink-core-|\\.jar", ""))
          .findFirst()
          .orElse("none");
    }
  }
}
