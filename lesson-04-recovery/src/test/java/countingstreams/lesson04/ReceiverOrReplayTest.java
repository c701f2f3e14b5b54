package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.kafka.KafkaBroker;
import countingstreams.lesson04.NumbersQueue.Moment;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.MeasuredTable;
import countingstreams.testkit.Point;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.streaming.receiver.Receiver;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import scala.reflect.ClassTag$;

/**
 * Counts what a killed driver loses and repeats: the same numbers through a receiver, with and
 * without the write-ahead log, and through the direct stream, killed wherever the numbers can be.
 *
 * <p>What is counted is what a sink has in the end that keeps the first results of each batch time
 * and partition, as {@link JdbcSink} does. A number is lost if it is in none of them, and repeated
 * if it is in two.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class ReceiverOrReplayTest {

  private static final int NUMBERS = 5;
  private static final int LOTS = 5;
  private static final int ALL = LOTS * NUMBERS;
  private static final int MOST_DOWN = 2;
  private static final String LOG = "spark.streaming.receiver.writeAheadLog.enable";
  private static final Path TABLE = Path.of("../docs/data/lesson-04-receivers.json");
  private static final Path CHART = Path.of("../docs/data/charts/claim-receivers.json");

  /** Outside, so that it is there when the driver is not. Receivers find it here. */
  private static final NumbersQueue QUEUE = new NumbersQueue();

  /** How the numbers come in. */
  private enum Way {
    FORGOTTEN("source that forgets", false, false),
    FORGOTTEN_LOGGED("source that forgets, log", false, true),
    ACKNOWLEDGED("receiver that acknowledges", true, false),
    ACKNOWLEDGED_LOGGED("receiver that acknowledges, log", true, true);

    private final String title;
    private final boolean acknowledges;
    private final boolean logged;

    Way(String title, boolean acknowledges, boolean logged) {
      this.title = title;
      this.acknowledges = acknowledges;
      this.logged = logged;
    }

    BatchRunner runner() {
      boolean acknowledging = acknowledges;
      return BatchRunner.of((context, output) -> output.collect(numbers(context, acknowledging)))
          .with(LOG, String.valueOf(logged))
          .withOutside(QUEUE)
          .withCheckpoint();
    }
  }

  /** Where the second lot of numbers is when the driver is killed. In the order of its life. */
  private enum Killed {
    HANDED_OUT("in the receiver's hands, not stored", NUMBERS),
    STORED("stored, not acknowledged", NUMBERS),
    ACKNOWLEDGED("acknowledged, in no batch", NUMBERS),
    GENERATED("in a batch that no checkpoint knows", NUMBERS),
    RUNNING("in a batch that runs", NUMBERS),
    PUT_OUT("put out by a batch that is not done", NUMBERS),
    DONE("in a batch that is done", NUMBERS),
    /** The last three lots: five in all have come. */
    WAITING("in a batch that runs, and in two that wait", 3 * NUMBERS);

    private final String where;
    private final int numbers;

    Killed(String where, int numbers) {
      this.where = where;
      this.numbers = numbers;
    }

    /** Returns how many numbers have come until then. */
    private int come() {
      return this == WAITING ? ALL : 2 * NUMBERS;
    }
  }

  /** What is missing in the sink, and what is there more than once. */
  private record Count(int lost, int repeated) {

    static final Count NONE = new Count(0, 0);

    static Count lost(int numbers) {
      return new Count(numbers, 0);
    }

    static Count repeated(int numbers) {
      return new Count(0, numbers);
    }

    @Override
    public String toString() {
      if (lost > 0 && repeated > 0) {
        return lost + " lost, " + repeated + " twice";
      }
      return lost > 0 ? lost + " lost" : repeated > 0 ? repeated + " twice" : "0";
    }
  }

  // #region receiver
  /** Receives numbers, stores each lot as a block, and tells the queue when that is done. */
  private static final class NumbersReceiver extends Receiver<Long> {

    private static final long serialVersionUID = 1L;

    private final boolean acknowledges;

    NumbersReceiver(boolean acknowledges) {
      super(StorageLevel.MEMORY_ONLY());
      this.acknowledges = acknowledges;
    }

    @Override
    public void onStart() {
      new Thread(this::receive, "numbers").start();
    }

    private void receive() {
      try (NumbersQueue.Connection queue = QUEUE.connect(acknowledges)) {
        while (!isStopped()) {
          List<Long> numbers = queue.next();
          if (!numbers.isEmpty()) {
            store(numbers.iterator()); // returns when the driver knows of the block
            queue.acknowledge(numbers);
          }
        }
      } catch (Exception e) {
        restart("The queue, or the store, has failed.", e);
      }
    }

    @Override
    public void onStop() {}
  }

  // #endregion receiver

  private static DStream<Long> numbers(StreamingContext context, boolean acknowledges) {
    return context.receiverStream(
        new NumbersReceiver(acknowledges), ClassTag$.MODULE$.apply(Long.class));
  }

  // #region acknowledged-and-gone
  @Test
  @DisplayName(
      "A block that is acknowledged and in no batch is gone with the driver, without a log")
  void acknowledgedAndGone() {
    assertCounts(Killed.ACKNOWLEDGED, Way.ACKNOWLEDGED, Count.lost(NUMBERS));
  }

  @Test
  @DisplayName("With the log it is there")
  void acknowledgedAndLogged() {
    assertCounts(Killed.ACKNOWLEDGED, Way.ACKNOWLEDGED_LOGGED, Count.NONE);
  }

  // #endregion acknowledged-and-gone

  // #region stored-twice
  @Test
  @DisplayName(
      "Killed between store and acknowledgement, the log brings it, and so does the source")
  void storedTwice() {
    assertCounts(Killed.STORED, Way.ACKNOWLEDGED_LOGGED, Count.repeated(NUMBERS));
  }

  // #endregion stored-twice

  // #region waiting
  @Test
  @DisplayName("What batches wait for is lost too: a slow job makes the loss larger")
  void waiting() {
    assertCounts(Killed.WAITING, Way.ACKNOWLEDGED, Count.lost(3 * NUMBERS));
  }

  // #endregion waiting

  // #region in-hand
  @Test
  @DisplayName("What a source forgets as it hands it out is lost, log or not")
  void inHand() {
    assertCounts(Killed.HANDED_OUT, Way.FORGOTTEN_LOGGED, Count.lost(NUMBERS));
  }

  // #endregion in-hand

  // #region runs-again-empty
  @Test
  @DisplayName("Without the log, a batch that runs again is empty, and no error says so")
  void runsAgainEmpty() {
    assertThat(secondBatchRunsTwice(Way.ACKNOWLEDGED))
        .containsExactly(List.of(List.of(5L, 6L, 7L, 8L, 9L)), List.of());
  }

  @Test
  @DisplayName("With the log it has the same numbers in the same partitions")
  void runsAgainTheSame() {
    assertThat(secondBatchRunsTwice(Way.ACKNOWLEDGED_LOGGED))
        .containsExactly(
            List.of(List.of(5L, 6L, 7L, 8L, 9L)), List.of(List.of(5L, 6L, 7L, 8L, 9L)));
  }

  /** Returns what the second batch put out, before the driver was killed and after. */
  private static List<List<List<Object>>> secondBatchRunsTwice(Way way) {
    try (BatchRunner runner = way.runner();
        Shots shots = receive(runner, List.of(Killed.PUT_OUT))) {
      restart(runner, shots.of(Killed.PUT_OUT), 0);
      return runner.batches().stream()
          .filter(batch -> batch.number() == 2)
          .map(Batch::partitions)
          .toList();
    }
  }

  // #endregion runs-again-empty

  // #region files
  @Test
  @DisplayName("What blocks there are is always logged; what is in them only if it is asked for")
  void files() {
    for (Way way : List.of(Way.ACKNOWLEDGED, Way.ACKNOWLEDGED_LOGGED)) {
      try (BatchRunner runner = way.runner();
          Shots shots = receive(runner, List.of(Killed.ACKNOWLEDGED))) {
        Path files = shots.of(Killed.ACKNOWLEDGED).files();
        assertThat(files.resolve("receivedBlockMetadata")).isNotEmptyDirectory();
        assertThat(files.resolve("receivedData").toFile().exists()).isEqualTo(way.logged);
      }
    }
  }

  // #endregion files

  @Test
  @Tag("course-check")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  @DisplayName(
      "All ways, killed wherever the numbers can be; the table of the page says what is lost")
  void all() throws IOException {
    Map<String, Map<Killed, Count>> ways = new LinkedHashMap<>();
    for (Way way : Way.values()) {
      try (BatchRunner runner = way.runner();
          Shots shots = receive(runner, List.of(Killed.values()))) {
        ways.put(way.name(), shots.counts((killed, down) -> received(runner, killed, shots, down)));
      }
    }
    ways.put("DIRECT", direct());
    assertThat(ways.get("DIRECT").values()).containsOnly(Count.NONE);
    List<String> columns = new ArrayList<>(List.of("the numbers are", "numbers"));
    for (Way way : Way.values()) {
      columns.add(way.title);
    }
    columns.add("direct stream");
    List<List<Object>> rows = new ArrayList<>();
    for (Killed killed : Killed.values()) {
      List<Object> row = new ArrayList<>(List.of(killed.where, killed.numbers));
      ways.values().forEach(counts -> row.add(counts.get(killed).toString()));
      rows.add(row);
    }
    new MeasuredTable(
            "What is lost and what is there twice, by where the numbers are when the driver is killed; the same with 0 to %d intervals of down time"
                .formatted(MOST_DOWN),
            columns,
            rows,
            "Spark 4.1.0, manual clock, a sink that keeps the first results of each batch time and partition")
        .assertSameAs(TABLE);
    chart(ways).assertSameAs(CHART);
  }

  /** What all deaths together have cost each way. */
  private static Chart chart(Map<String, Map<Killed, Count>> ways) {
    Map<String, List<Count>> costs = new LinkedHashMap<>();
    for (Way way : Way.values()) {
      costs.put(way.title, List.copyOf(ways.get(way.name()).values()));
    }
    costs.put("direct stream", List.copyOf(ways.get("DIRECT").values()));
    return new Chart(
        "Numbers that are lost, and that are there twice, after %d deaths of the driver"
            .formatted(Killed.values().length),
        "One death for each place where numbers can be, between source and sink: they hit %d numbers in all"
                .formatted(Arrays.stream(Killed.values()).mapToInt(killed -> killed.numbers).sum())
            + "; a sink that keeps the first results of each batch time and partition",
        "None: the clock is manual, each run gives the same, with 0 to %d intervals of down time"
            .formatted(MOST_DOWN),
        Axis.of("how the numbers come in", "", Scale.CATEGORY),
        Axis.of("numbers", "", Scale.LINEAR),
        List.of(series("lost", costs, Count::lost), series("twice", costs, Count::repeated)),
        "mvn -Plesson-04 -Pcourse-check test -Dtest=ReceiverOrReplayTest",
        null);
  }

  private static Series series(
      String name, Map<String, List<Count>> costs, ToIntFunction<Count> cost) {
    return new Series(
        name,
        costs.entrySet().stream()
            .map(
                way ->
                    Chart.Point.exact(way.getKey(), way.getValue().stream().mapToInt(cost).sum()))
            .toList());
  }

  private static void assertCounts(Killed killed, Way way, Count expected) {
    try (BatchRunner runner = way.runner();
        Shots shots = receive(runner, List.of(killed))) {
      assertThat(received(runner, killed, shots, 1)).isEqualTo(expected);
    }
  }

  @FunctionalInterface
  private interface Cost {
    Count of(Killed killed, int down);
  }

  /** What is left of the driver, for each place where the numbers were when it was killed. */
  private static final class Shots implements AutoCloseable {

    private final Map<Killed, CrashImage> left = new EnumMap<>(Killed.class);
    private final List<Killed> wanted;
    private final BatchRunner runner;

    Shots(BatchRunner runner, List<Killed> wanted) {
      this.runner = runner;
      this.wanted = wanted;
    }

    void take(Killed killed) {
      if (wanted.contains(killed)) {
        CrashImage image = runner.image();
        synchronized (this) {
          left.put(killed, image);
        }
      }
    }

    synchronized CrashImage of(Killed killed) {
      return left.get(killed);
    }

    /** Returns what each has cost, whatever the down time. */
    Map<Killed, Count> counts(Cost cost) {
      Map<Killed, Count> counts = new EnumMap<>(Killed.class);
      for (Killed killed : wanted) {
        for (int down = 0; down <= MOST_DOWN; down++) {
          Count count = cost.of(killed, down);
          assertThat(counts.getOrDefault(killed, count))
              .as("%s, %d intervals of down time", killed, down)
              .isEqualTo(count);
          counts.put(killed, count);
        }
      }
      return counts;
    }

    @Override
    public void close() {
      left.values().forEach(CrashImage::close);
    }
  }

  private static Shots receive(BatchRunner runner, List<Killed> wanted) {
    Shots shots = new Shots(runner, wanted);
    QUEUE.load("");
    QUEUE.open();
    live(
        runner,
        shots,
        lot -> {
          if (lot == 1) {
            QUEUE.at(Moment.HANDED_OUT, () -> shots.take(Killed.HANDED_OUT));
            QUEUE.at(Moment.BEFORE_ACKNOWLEDGED, () -> shots.take(Killed.STORED));
          }
          QUEUE.put((long) lot * NUMBERS, (lot + 1L) * NUMBERS);
          QUEUE.awaitAcknowledged();
        });
    return shots;
  }

  // #region direct
  /** The same through Kafka, which has the numbers from the moment they are written. */
  private static Map<Killed, Count> direct() {
    try (KafkaBroker kafka = KafkaBroker.start()) {
      KafkaTopic topic = Topics.create(kafka, "numbers", 1);
      try (BatchRunner runner =
              BatchRunner.of(
                      (context, output) ->
                          output.collect(
                              new DirectPageViewsDStream(context, topic, ALL, Integer.MAX_VALUE)))
                  .withCheckpoint();
          Shots shots = new Shots(runner, List.of(Killed.values()))) {
        live(
            runner,
            shots,
            lot -> {
              kafka.write(topic.name(), 1, (long) lot * NUMBERS, (lot + 1L) * NUMBERS);
              if (lot == 1) {
                shots.take(Killed.HANDED_OUT); // nothing is ever in the hands of a receiver
                shots.take(Killed.STORED);
              }
            });
        return shots.counts(
            (killed, down) -> {
              runner.restart(shots.of(killed), down).run(1);
              return count(
                  runner.batches().stream().map(ReceiverOrReplayTest::numbers).toList(), ALL);
            });
      }
    }
  }

  /** With so many pages, and so few numbers, the number of a page is its exponent of 2. */
  private static Batch numbers(Batch pages) {
    return new Batch(
        pages.number(),
        pages.partitions().stream()
            .map(
                lot ->
                    lot.stream()
                        .<Object>map(page -> (long) Long.numberOfTrailingZeros((Long) page))
                        .toList())
            .toList());
  }

  // #endregion direct

  // #region life
  /** A lot of numbers whose life is looked at, between one before it and three after it. */
  private static void live(BatchRunner runner, Shots shots, IntConsumer receive) {
    runner.start();
    receive.accept(0);
    runner.run(1);
    receive.accept(1);
    shots.take(Killed.ACKNOWLEDGED);
    runner.at(Point.AFTER_COMPUTE, 2, () -> shots.take(Killed.GENERATED));
    runner.hold(Point.JOB_RUNS, 2).hold(Point.AFTER_OUTPUT, 2);
    runner.at(Point.COMPLETION_CHECKPOINT, 2, () -> shots.take(Killed.DONE));
    runner.generate(1).awaitHeld(Point.JOB_RUNS, 2).awaitCheckpoint();
    shots.take(Killed.RUNNING);
    runner.release(Point.JOB_RUNS, 2).awaitHeld(Point.AFTER_OUTPUT, 2);
    shots.take(Killed.PUT_OUT);
    runner.release(Point.AFTER_OUTPUT, 2).finish();
    runner.hold(Point.JOB_RUNS, 3);
    for (int lot = 2; lot < LOTS; lot++) {
      receive.accept(lot);
      runner.generate(1);
    }
    runner.awaitHeld(Point.JOB_RUNS, 3).awaitCheckpoint();
    shots.take(Killed.WAITING);
    runner.release(Point.JOB_RUNS, 3).finish();
  }

  // #endregion life

  /** Starts a driver on what is left, and has it go on until the queue has nothing more. */
  private static void restart(BatchRunner runner, CrashImage left, int down) {
    runner.restart(left, down);
    QUEUE.open();
    QUEUE.awaitAcknowledged();
    runner.run(1);
  }

  // #region count
  private static Count received(BatchRunner runner, Killed killed, Shots shots, int down) {
    restart(runner, shots.of(killed), down);
    return count(runner.batches(), killed.come());
  }

  /** Counts what a sink has that keeps the first results of each batch time and partition. */
  private static Count count(List<Batch> batches, int numbers) {
    Map<String, List<Object>> sink = new HashMap<>();
    for (Batch batch : batches) {
      for (int p = 0; p < batch.partitions().size(); p++) {
        sink.putIfAbsent(batch.number() + " " + p, batch.partitions().get(p));
      }
    }
    Map<Object, Integer> times = new HashMap<>();
    sink.values().forEach(lot -> lot.forEach(number -> times.merge(number, 1, Integer::sum)));
    return new Count(
        (int) LongStream.range(0, numbers).filter(number -> !times.containsKey(number)).count(),
        (int) times.values().stream().filter(often -> often > 1).count());
  }

  // #endregion count
}
