package countingstreams.benchmarks.engines;

import countingstreams.benchmarks.OptionChecks;
import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import countingstreams.testkit.MeasuredTable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Kills each engine in mid-run, starts it again at once, and sees what it has lost or counted
 * twice, and how long it was away.
 */
@Command(
    name = "MeasureKills",
    description =
        "Kills each engine in mid-run: what is lost, what is there twice, and for how long.")
public final class MeasureKills extends EngineMeasurement {

  private static final int LONGEST_SECONDS = 600;
  private static final Duration QUIET = Duration.ofSeconds(3);
  private static final Duration DRAINED = Duration.ofMillis(200);

  @Option(
      names = "--interval",
      defaultValue = "500",
      description =
          "Milliseconds between batches, and between commits or checkpoints of the engines that"
              + " write results in transactions (${DEFAULT-VALUE}).")
  private int interval;

  @Option(
      names = "--rate",
      defaultValue = "1000",
      description = "Events a second (${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "Seconds from the first result to the kill, and about one more; and from the first result"
              + " after it to the end (${DEFAULT-VALUE}).")
  private int seconds;

  private final Map<Setting, List<Killed>> kills = new TreeMap<>(Setting.ORDER);

  /**
   * What a kill has done.
   *
   * @param events how many there were in all
   * @param starts how often it was started after the kill
   * @param lost events that no count includes at the end
   * @param twice events that counts include twice at the end
   * @param repeated results whose count had been there before
   * @param awaySeconds from the kill until an event that came after it is counted
   */
  private record Killed(
      int events, int starts, long lost, long twice, long repeated, double awaySeconds) {}

  public static void main(String[] args) {
    execute(new MeasureKills(), args);
  }

  @Override
  void check(OptionChecks checks) {
    checks.wholeNumbers("--interval", List.of(interval), 1);
    checks.wholeNumbers("--rate", List.of(rate), 1);
    checks.wholeNumbers("--seconds", List.of(seconds), 1);
  }

  @Override
  int allViews() {
    return rate * LONGEST_SECONDS;
  }

  @Override
  Stream<Setting> settings(Engine engine) {
    return switch (engine) {
      case DSTREAMS, STRUCTURED -> Stream.of(Setting.batches(engine, interval));
      case KAFKA_STREAMS ->
          Stream.of(
              Setting.atLeastOnce(engine),
              Setting.atLeastOnce(engine).asStaticMember(),
              Setting.exactlyOnce(engine, interval).asStaticMember());
      case FLINK -> Stream.of(Setting.atLeastOnce(engine), Setting.exactlyOnce(engine, interval));
    };
  }

  @Override
  String run(Setting setting, KafkaBroker kafka, int round) throws Exception {
    Killed killed;
    try (EngineRun run = new EngineRun(setting, kafka, views(), NO_LIMIT, allViews())) {
      killed = kill(run, new Random(round));
    }
    kills.computeIfAbsent(setting, s -> new ArrayList<>()).add(killed);
    return String.format(
        Locale.ROOT,
        "%d lost, %d counted twice, %d results again; %.1f s away, %d starts",
        killed.lost(),
        killed.twice(),
        killed.repeated(),
        killed.awaySeconds(),
        killed.starts());
  }

  private Killed kill(EngineRun run, Random random) throws Exception {
    CountsReader counts = run.counts();
    try (ViewsProducer views =
        ViewsProducer.start(run.job().servers(), run.job().input(), views(), rate)) {
      run.start();
      run.awaitResult();
      int more = random.nextInt(rate); // so that it is not always the same place of a batch
      views.awaitSent(views.firstDueFrom(System.nanoTime()) + seconds * rate + more);
      int sentBefore = views.sent();
      long kill = System.nanoTime();
      run.kill();
      counts.awaitQuiet(DRAINED); // what it had written is read
      run.startSupervised();
      run.awaitViews(sentBefore + 1);
      views.awaitSent(views.firstDueFrom(System.nanoTime()) + seconds * rate);
      int sent = views.stop();
      run.awaitNoMore(sent, QUIET.plusMillis(interval));
      long next =
          Arrays.stream(counts.counted(), sentBefore, sent).filter(t -> t != 0).min().orElseThrow();
      return new Killed(
          sent,
          run.starts(),
          differences(counts, sent, -1),
          differences(counts, sent, 1),
          counts.repeated(),
          (next - kill) / 1e9);
    }
  }

  /** Returns by how much the last counts are too low (sign -1) or too high (1). */
  private long differences(CountsReader counts, int sent, int sign) {
    long[] last = counts.last();
    long sum = 0;
    for (int page = 1; page <= last.length; page++) {
      sum += Math.max(0, sign * (last[page - 1] - views().viewsOf(page, sent)));
    }
    return sum;
  }

  @Override
  Map<String, String> files() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("engine-kills.json", table().json());
    files.put("charts/engine-recovery.json", chart().json());
    return files;
  }

  private MeasuredTable table() throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    kills.forEach(
        (setting, all) ->
            rows.add(
                List.of(
                    setting.title(),
                    shown(all.stream().mapToLong(Killed::events)),
                    shown(all.stream().mapToLong(Killed::starts)),
                    shown(all.stream().mapToLong(Killed::lost)),
                    shown(all.stream().mapToLong(Killed::twice)),
                    shown(all.stream().mapToLong(Killed::repeated)))));
    String caption =
        String.format(
            Locale.ROOT,
            "What %d kills of each engine by SIGKILL have done, each started again at once, and"
                + " again if it ends by itself; a figure for each kill. Held fixed: %s",
            rounds(),
            conditions());
    List<String> columns =
        List.of(
            "engine",
            "events",
            "starts after the kill",
            "events lost",
            "events counted twice",
            "results written again");
    String machine = MeasuredTable.here(caption, columns, rows).machine();
    return new MeasuredTable(
        caption, columns, rows, "%s, %s".formatted(machine, versionsInWords()));
  }

  private static String versionsInWords() throws IOException {
    return versions().entrySet().stream()
        .map(version -> version.getKey() + " " + version.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String shown(LongStream values) {
    return String.join(
        ", ", values.mapToObj(value -> String.format(Locale.ROOT, "%,d", value)).toList());
  }

  private Chart chart() throws IOException {
    List<Point> points = new ArrayList<>();
    kills.forEach(
        (setting, all) ->
            points.add(
                Point.median(
                    setting.title(), all.stream().mapToDouble(Killed::awaySeconds).toArray())));
    return new Chart(
        "From the kill of an engine until it counts what came after",
        conditions(),
        "from the lowest to the highest of %d kills; the figure is their median"
            .formatted(rounds()),
        Axis.of("engine", "", Scale.CATEGORY),
        Axis.of("time until an event that came after the kill is counted", "s", Scale.LINEAR),
        List.of(new Series("median", points)),
        command("kills"),
        measured());
  }

  private String conditions() {
    return String.format(
        Locale.ROOT,
        "%s; %,d events a second, all the time; killed about %d s after the first result; %d ms"
            + " between batches, and between commits or checkpoints if results are written exactly"
            + " once. At least once, Flink makes a checkpoint each second, Kafka Streams a commit"
            + " every 30 s. DStreams: lesson 3's state, lesson 4's direct stream",
        fixed(),
        rate,
        seconds,
        interval);
  }
}
