package countingstreams.lesson04.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson04.NumbersQueue;
import countingstreams.lesson04.NumbersQueue.Moment;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.dstream.DStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.reflect.ClassTag$;

@Exercise(
    id = "4.5",
    title = "Receiver or replay",
    task =
        "Write a receiver that a killed driver costs nothing, and have Spark keep what it stores.",
    solves = ReliableReceiver.class,
    todos = 2,
    page = "lesson-04-recovery",
    hints = {
      "There must be no moment at which nobody has a number: neither the queue, nor a place that"
          + " outlives the driver. When may the queue forget? And where is a block that is stored, if"
          + " the driver and its executors die?",
      "Some store methods return when the block is stored, and the driver knows of it; the one for a"
          + " single number gathers, and returns before. Without a write-ahead log a block is in"
          + " memory only. The thread that receives is one of your own, or onStart would not return;"
          + " restart(message, error) tells the engine that it has failed.",
      "settings: \"spark.streaming.receiver.writeAheadLog.enable\", \"true\". onStart: a new thread"
          + " that connects (try with resources), and while (!isStopped()) takes next(); if there are"
          + " numbers, store(numbers.iterator()), then acknowledge(numbers). Around it all, catch"
          + " (Exception e) and restart(\"…\", e)."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class ReliableReceiverTest {

  private static final int LOT = 3;
  private static final long PATIENCE_SECONDS = 10;

  /** How often a receiver can ask for more and not acknowledge what it has. */
  private static final int MOST_POLLS = 50;

  /** How often the write-ahead log tries to open a file before it gives up. */
  private static final int LOG_ATTEMPTS = 3;

  private static final String EARLY =
      "The queue was told to forget %s when the driver did not know of a block with them yet. If it is"
          + " killed now, they are lost: nobody has them. They can be acknowledged once they are stored."
          + " (store of a single number only gathers: a block of what is gathered is stored later.)";

  private static final String NOT_STORED =
      "The log of what is stored can't be written, for a while, so store throws. But the queue was told"
          + " to forget %s: they are lost. If they are not acknowledged, the queue hands them out again"
          + " to a new connection.";

  private static final String IN_MEMORY =
      " They were acknowledged, so the queue has forgotten them, and stored in the memory of an"
          + " executor, which has died with the driver: nobody has them any more.";

  private static final NumbersQueue QUEUE = new NumbersQueue();

  /** The threads that have asked for numbers. */
  private static final Set<Thread> THREADS = ConcurrentHashMap.newKeySet();

  private static final AtomicInteger OPEN = new AtomicInteger();

  /** How often a receiver has asked for more since it was stopped. */
  private static final AtomicInteger AFTER_THE_END = new AtomicInteger();

  /** What a receiver may not do in any case, once it has done it. */
  private static volatile String fault;

  private static volatile boolean over;

  /** Which test it is: what an earlier one has left over is to end. */
  private static final AtomicInteger RUN = new AtomicInteger();

  /** Called when the queue is told to forget numbers, before it does. */
  private static volatile Consumer<String> forgetting;

  @BeforeEach
  void forget() {
    QUEUE.load("");
    QUEUE.open();
    THREADS.clear();
    OPEN.set(0);
    AFTER_THE_END.set(0);
    fault = null;
    over = false;
    forgetting = numbers -> {};
  }

  @AfterEach
  void end() {
    RUN.incrementAndGet();
  }

  @Test
  void receives() {
    try (BatchRunner runner = start(stream(), EARLY)) {
      for (int lot = 0; lot < 3; lot++) {
        receive(runner, lot);
        runner.run(1);
      }
      Transcript.assertMatches("receiver", lines(runner.batches()));
      assertThat(runner.batches())
          .as(
              "Partitions of the batches. One without numbers is an empty block: a task that has"
                  + " nothing to do, and a record in the log, as often as the queue has nothing")
          .noneMatch(batch -> batch.partitions().contains(List.of()));
    }
  }

  @Test
  void endsWhenItIsStopped() {
    try (BatchRunner runner = start(stream(), EARLY)) {
      receive(runner, 0);
      runner.run(1);
    }
    over = true;
    BooleanSupplier ended = () -> THREADS.stream().noneMatch(Thread::isAlive);
    QUEUE.await(() -> AFTER_THE_END.get() > 3 || ended.getAsBoolean(), PATIENCE_SECONDS);
    assertThat(AFTER_THE_END.get())
        .as("How often the receiver has asked for numbers after it was stopped: see isStopped()")
        .isLessThanOrEqualTo(3);
    assertThat(ended.getAsBoolean())
        .as("Whether the thread that receives has ended, once the receiver is stopped")
        .isTrue();
    assertThat(OPEN.get())
        .as("Connections to the queue that are open after the receiver was stopped")
        .isZero();
  }

  @Test
  void canNotStore() {
    AtomicInteger attempts = new AtomicInteger();
    BatchRunner run =
        stream()
            .watchingFiles(
                change -> {
                  // The names of the receiver's log have the system's time, the driver's the
                  // clock's.
                  if (change.matches("create log-\\d{13}-.*")
                      && attempts.incrementAndGet() <= LOG_ATTEMPTS) {
                    throw new IllegalStateException("The disk is full.");
                  }
                });
    try (BatchRunner runner = start(run, NOT_STORED)) {
      receive(runner, 0);
      runner.run(1);
      assertThat(lines(runner.batches()))
          .as(
              "What came out. The log of what is stored could not be written, for a while, so store threw."
                  + " Then it could")
          .containsExactly("batch 1 | 0 1 2");
    }
  }

  @Test
  void nothingIsLost() {
    Map<String, CrashImage> left = new ConcurrentHashMap<>();
    try (BatchRunner runner = start(stream(), EARLY)) {
      live(runner, left);
      assertCrash(
          runner,
          left,
          "acknowledged",
          2,
          "the queue had forgotten 3 4 5, and no batch had them yet");
      assertCrash(
          runner,
          left,
          "waiting",
          4,
          "batch 2 was about to run with 3 4 5, batch 3 waited with 6 7 8, and no batch had 9 10 11"
              + " yet");
      assertCrash(runner, left, "in-hand", 2, "the receiver had been handed 3 4 5, and no more");
      beforeItIsAcknowledged(runner, left.get("stored"));
    } finally {
      left.values().forEach(CrashImage::close);
    }
  }

  /** Starts a run in which numbers can be acknowledged once the driver has a block of them. */
  private static BatchRunner start(BatchRunner runner, String early) {
    forgetting =
        numbers -> {
          if (!runner.hasReceivedBlock()) {
            fault = early.formatted(numbers);
          }
        };
    return runner.start();
  }

  /** Takes images of what a killed driver leaves. */
  private static void live(BatchRunner runner, Map<String, CrashImage> left) {
    receive(runner, 0);
    runner.run(1);
    QUEUE.at(Moment.HANDED_OUT, () -> left.put("in-hand", runner.image()));
    QUEUE.at(Moment.BEFORE_ACKNOWLEDGED, () -> left.put("stored", runner.image()));
    receive(runner, 1);
    left.put("acknowledged", runner.image());
    runner.hold(Point.JOB_RUNS, 2).generate(1);
    receive(runner, 2);
    runner.generate(1);
    receive(runner, 3);
    runner.awaitHeld(Point.JOB_RUNS, 2).awaitCheckpoint();
    left.put("waiting", runner.image());
    runner.release(Point.JOB_RUNS, 2).finish();
  }

  /** Starts a driver on what is left, and compares what there is in the end. */
  private static void assertCrash(
      BatchRunner runner, Map<String, CrashImage> left, String name, int lots, String when) {
    Map<Long, List<Object>> batches = restart(runner, left.get(name));
    List<Object> numbers = all(batches.values());
    List<Object> lost = new ArrayList<>();
    LongStream.range(0, (long) lots * LOT).boxed().forEach(lost::add);
    lost.removeAll(numbers);
    try {
      Transcript.assertMatches("receiver-" + name, lines(batches));
    } catch (AssertionError e) {
      String said = "";
      if (!lost.isEmpty()) {
        said = "%nLost are %d numbers: %s.%s".formatted(lost.size(), spaced(lost), IN_MEMORY);
      }
      throw new AssertionError(killed(when) + said + "\n\n" + e.getMessage(), e);
    }
  }

  /** What was stored comes again, for the queue can't know: that, and nothing else. */
  private static void beforeItIsAcknowledged(BatchRunner runner, CrashImage left) {
    Map<Long, List<Object>> batches = restart(runner, left);
    List<Object> numbers = all(batches.values());
    String when = killed("the queue was told to forget 3 4 5, and had not heard it");
    assertThat(numbers)
        .as("%s What came out, batch by batch: %s. Numbers", when, lines(batches))
        .containsAll(lot(0))
        .containsAll(lot(1));
    List<Object> more = new ArrayList<>(numbers);
    more.removeAll(lot(1)); // may be there twice
    assertThat(more)
        .as("%s What came out, batch by batch: %s. Numbers but for 3 4 5", when, lines(batches))
        .isEqualTo(lot(0));
  }

  private static String killed(String when) {
    return "The driver was killed when %s. The next one came an interval later.".formatted(when);
  }

  private static Map<Long, List<Object>> restart(BatchRunner runner, CrashImage left) {
    runner.restart(left, 1);
    QUEUE.open();
    await(runner, "After a driver was killed, a new one was started.");
    runner.run(1);
    return sink(runner.batches());
  }

  /** Puts numbers into the queue, and waits until all are acknowledged. */
  private static void receive(BatchRunner runner, int lot) {
    QUEUE.put((long) lot * LOT, (lot + 1L) * LOT);
    await(runner, "The queue has got " + spaced(lot(lot)) + ".");
  }

  private static void await(BatchRunner runner, String what) {
    QUEUE.await(
        () -> QUEUE.isAcknowledged() || fault != null || startError(runner) != null,
        PATIENCE_SECONDS);
    if (fault != null) {
      throw new AssertionError(fault);
    }
    if (QUEUE.isAcknowledged()) {
      return;
    }
    if (startError(runner) != null) {
      throw new AssertionError("The receiver could not be started. " + startError(runner));
    }
    String who = "A thread waits, or works at something else.";
    if (THREADS.isEmpty()) {
      who = "Nobody has asked it for numbers.";
    } else if (THREADS.stream().noneMatch(Thread::isAlive)) {
      who =
          "The thread that asked it for numbers has ended, and no other one has come: restart(…) tells"
              + " the engine, which starts the receiver again.";
    }
    List<String> errors = runner.receiverErrors();
    throw new AssertionError(
        "%s %d s later not all of its numbers are acknowledged: %s. %s What the receiver has said of errors: %s"
            .formatted(
                what, PATIENCE_SECONDS, QUEUE.save(), who, errors.isEmpty() ? "nothing" : errors));
  }

  private static String startError(BatchRunner runner) {
    return runner.receiverErrors().stream()
        .filter(error -> error.startsWith("Error starting receiver"))
        .findFirst()
        .orElse(null);
  }

  private static BatchRunner stream() {
    BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(numbers(context)))
            .withOutside(QUEUE)
            .withCheckpoint();
    for (Tuple2<String, String> setting :
        ReliableReceiver.settings(new SparkConf(false)).getAll()) {
      runner.with(setting._1(), setting._2());
    }
    return runner.with("spark.streaming.receiverRestartDelay", "10");
  }

  private static DStream<Long> numbers(StreamingContext context) {
    return context.receiverStream(
        new ReliableReceiver(new WatchedQueue()), ClassTag$.MODULE$.apply(Long.class));
  }

  /** Returns what a sink has that keeps the first results of each batch time. */
  private static Map<Long, List<Object>> sink(List<Batch> batches) {
    Map<Long, List<Object>> sink = new TreeMap<>();
    batches.forEach(batch -> sink.putIfAbsent(batch.number(), batch.elements()));
    return sink;
  }

  private static List<String> lines(List<Batch> batches) {
    return lines(sink(batches));
  }

  private static List<String> lines(Map<Long, List<Object>> sink) {
    return sink.entrySet().stream()
        .map(batch -> "batch %d | %s".formatted(batch.getKey(), spaced(batch.getValue())))
        .toList();
  }

  private static List<Object> all(Collection<List<Object>> lots) {
    return lots.stream().flatMap(List::stream).toList();
  }

  private static List<Object> lot(int lot) {
    return LongStream.range((long) lot * LOT, (lot + 1L) * LOT).<Object>mapToObj(n -> n).toList();
  }

  private static String spaced(List<?> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** Leads to the queue of this JVM: what the learner's receiver holds is serialized. */
  private static final class WatchedQueue implements ReliableReceiver.Queue {

    private static final long serialVersionUID = 1L;

    @Override
    public ReliableReceiver.Connection connect() {
      OPEN.incrementAndGet();
      return new WatchedConnection(QUEUE.connect(true));
    }
  }

  /** Watches how a receiver uses its connection. */
  private static final class WatchedConnection implements ReliableReceiver.Connection {

    private final NumbersQueue.Connection connection;
    private final Set<Long> unacknowledged = ConcurrentHashMap.newKeySet();
    private final int run = RUN.get();
    private int polls;
    private boolean closed;

    WatchedConnection(NumbersQueue.Connection connection) {
      this.connection = connection;
    }

    @Override
    public List<Long> next() {
      if (TaskContext.get() != null) {
        fault =
            "onStart receives on the thread that has called it, the engine's, and does not return."
                + " Then the receiver can't be stopped: stopping it waits for onStart.";
        throw new IllegalStateException(fault);
      }
      if (run != RUN.get()) {
        throw new Error("The receiver was stopped, and its thread goes on: it ends here.");
      }
      THREADS.add(Thread.currentThread());
      if (over) {
        AFTER_THE_END.incrementAndGet();
      }
      if (!unacknowledged.isEmpty() && ++polls > MOST_POLLS) {
        fault =
            "The receiver was handed %s, and has asked for more %d times since. It has not acknowledged them: the queue keeps them, and hands them out again after each crash."
                .formatted(spaced(unacknowledged.stream().sorted().toList()), MOST_POLLS);
      }
      List<Long> numbers = connection.next();
      unacknowledged.addAll(numbers);
      return numbers;
    }

    @Override
    public void acknowledge(List<Long> numbers) {
      if (numbers.isEmpty() || run != RUN.get()) {
        return;
      }
      forgetting.accept(spaced(numbers));
      connection.acknowledge(numbers);
      numbers.forEach(unacknowledged::remove);
      polls = 0;
    }

    @Override
    public void close() {
      connection.close();
      if (!closed) {
        closed = true;
        OPEN.decrementAndGet();
      }
    }
  }
}
