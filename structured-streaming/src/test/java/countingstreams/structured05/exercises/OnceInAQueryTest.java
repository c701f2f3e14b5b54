package countingstreams.structured05.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.structured.QueryRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.ReduceFunction;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "S5",
    title = "Once is enough, in a query",
    task =
        "Give a batch to several outputs, with its slow function called once for each number, and keep"
            + " nothing of it.",
    solves = OnceInAQuery.class,
    page = "structured-streaming",
    hints = {
      "Each action on a batch is a job of its own, which computes what it reads. Lesson 5 told a stream"
          + " to keep its RDDs, and the engine let go of them. What can a Dataset be told, and who lets go of"
          + " it?",
      "results.persist() before the first output, and results.unpersist() after the last one, also if an"
          + " output throws: in a finally. The outputs after the one that failed want the batch, too.",
      "Persist; then, in a try whose finally unpersists, a loop over the outputs with a catch that keeps"
          + " the first exception, and after the loop: throw it, if there is one."
    })
class OnceInAQueryTest {

  private static final String LIMIT = "spark.driver.maxResultSize";
  private static final int NUMBERS = 10;
  private static final int BATCHES = 4;
  private static final int FAILS = 2;
  private static final int LARGE = 1 << 18; // bytes

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicInteger CALLS = new AtomicInteger();

  /** The function adds this to what it gives. */
  private static final AtomicLong OFFSET = new AtomicLong();

  /** What the outputs have seen, by batch. */
  private static final Map<Long, List<String>> SEEN = new ConcurrentSkipListMap<>();

  private static SparkSession spark;

  @BeforeAll
  static void open() {
    System.setProperty(LIMIT, "1m");
    spark = QueryRunner.session();
  }

  @AfterAll
  static void close() {
    System.clearProperty(LIMIT);
    spark.stop();
  }

  @BeforeEach
  void forget() {
    SEEN.clear();
    OFFSET.set(0);
  }

  @Test
  void calledOnce() throws Exception {
    QueryRunner.Input<Long> numbers = QueryRunner.input(spark, Encoders.LONG());
    List<String> lines = new ArrayList<>();
    Set<Integer> before = kept();
    try (QueryRunner<Long> runner =
        running(numbers, OnceInAQueryTest::slow, Encoders.LONG(), sum(), count(), twice())) {
      for (long batch = 1; batch <= BATCHES; batch++) {
        CALLS.set(0);
        OFFSET.set(2 * (batch - 1));
        numbers.add(LongStream.range(0, NUMBERS).boxed().toList());
        runner.run(1);
        List<String> seen = SEEN.getOrDefault(batch, List.of());
        lines.add("batch %d | %d calls | %s".formatted(batch, CALLS.get(), String.join(" ", seen)));
        assertCalls();
        assertThat(kept())
            .as(
                "After batch %d there are still results of a batch on the executors, and more after each"
                    + " batch: one day they fill the memory. Nobody unpersists a batch but whoever has"
                    + " persisted it, and it has to be that very Dataset. RDDs that are kept",
                batch)
            .isEqualTo(before);
      }
    }
    Transcript.assertMatches("once-is-enough", lines);
  }

  @Test
  void aFailureIsItsOwn() throws Exception {
    QueryRunner.Input<Long> numbers = QueryRunner.input(spark, Encoders.LONG());
    Set<Integer> before = kept();
    Throwable thrown;
    try (QueryRunner<Long> runner =
        running(
            numbers,
            OnceInAQueryTest::slow,
            Encoders.LONG(),
            failing("The printer is out of paper."),
            count(),
            failing("The fax does not answer."))) {
      numbers.add(List.of(1L, 2L));
      runner.run(1);
      numbers.add(List.of(3L));
      thrown = catchThrowable(() -> runner.run(1));
    }
    assertThat(thrown)
        .as(
            "An output of batch %d has failed, and the query goes on: it takes the batch for done, and"
                + " what was lost is never written. What foreachBatch throws is what the query fails of",
            FAILS)
        .isNotNull();
    assertThat(SEEN.getOrDefault((long) FAILS, List.of()))
        .as(
            "The first output fails in batch %d. What the second one has: it is to have the batch all the"
                + " same, as if each were an output operation of its own. Then the batch fails",
            FAILS)
        .containsExactly("count 1");
    String message = ExceptionUtils.getRootCauseMessage(thrown);
    assertThat(message)
        .as("Two outputs have failed. What the query says is of the first")
        .doesNotContain("fax");
    assertThat(message)
        .as(
            "What the query says of an output that fails. Whoever looks for it needs to know what it was")
        .contains("out of paper");
    assertThat(kept())
        .as(
            "An output of batch %d has failed, and its results are still kept. The batch comes again when"
                + " the query is started again, in this session maybe: let go of it in a finally. RDDs that"
                + " are kept",
            FAILS)
        .isEqualTo(before);
  }

  @Test
  void staysOnTheExecutors() throws Exception {
    QueryRunner.Input<Long> numbers = QueryRunner.input(spark, Encoders.LONG());
    Dataset<Long> table = spark.range(3).as(Encoders.LONG()).persist();
    table.count(); // now it is on the executors
    Set<Integer> before = kept();
    LongAdder shuffled = shuffled();
    try (QueryRunner<byte[]> runner =
        running(
            numbers,
            OnceInAQueryTest::large,
            Encoders.BINARY(),
            (id, results) -> results.count(),
            (id, results) -> results.count())) {
      numbers.add(LongStream.range(0, NUMBERS).boxed().toList());
      runner.run(1);
    } catch (Exception e) {
      if (ExceptionUtils.getRootCauseMessage(e).contains(LIMIT)) {
        throw new AssertionError(
            "Results have come to the driver. All executors together have more memory than it, and what it"
                + " has it sends out again, with each task. Spark has a store on the executors. It says: "
                + ExceptionUtils.getRootCauseMessage(e),
            e);
      }
      throw e;
    }
    assertThat(kept())
        .as(
            "A table that somebody else had persisted is gone: its RDD is not among those that are kept. A"
                + " session's cache is everybody's. Let go of what you have put there, and of nothing else")
        .containsAll(before);
    assertThat(table.storageLevel())
        .as("A table that somebody else had persisted is gone: its storage level")
        .isNotEqualTo(StorageLevel.NONE());
    table.unpersist();
    QueryRunner.drainListenerBus(spark);
    assertThat(shuffled.sum())
        .as(
            "Bytes in shuffle files, after a batch whose results have %d bytes. A shuffle's files can be read"
                + " by several jobs, so the function is called once. But no one lets go of them with the batch:"
                + " they stay until the driver's garbage collector finds that nobody refers to the shuffle. What"
                + " is persisted can be let go",
            NUMBERS * LARGE)
        .isLessThan((long) NUMBERS * LARGE);
  }

  private static void assertCalls() {
    assertThat(CALLS.get())
        .as(
            "The function was called %d times for %d numbers. Each action on a batch computes it again,"
                + " from where something is kept. Three outputs have four actions here, and before the first"
                + " of them the batch is to be persisted, until the last one is done. Calls",
            CALLS.get(), NUMBERS)
        .isEqualTo(NUMBERS);
  }

  @SafeVarargs
  private static <T> QueryRunner<T> running(
      QueryRunner.Input<Long> numbers,
      MapFunction<Long, T> function,
      Encoder<T> encoder,
      OnceInAQuery.Output<T>... outputs)
      throws Exception {
    return QueryRunner.start(
        OutputMode.Append(),
        () -> numbers.stream().map(function, encoder),
        (batch, id) -> OnceInAQuery.write(batch, id, Arrays.asList(outputs)));
  }

  private static long slow(long number) {
    CALLS.incrementAndGet();
    return 2 * number + OFFSET.get();
  }

  /**
   * Returns what does not become small when it is compressed, as all is that goes to the driver.
   */
  private static byte[] large(long number) {
    byte[] bytes = new byte[LARGE];
    new Random(number).nextBytes(bytes);
    return bytes;
  }

  private static OnceInAQuery.Output<Long> sum() {
    ReduceFunction<Long> sum = Long::sum;
    return (id, results) -> see(id, "sum " + results.reduce(sum));
  }

  private static OnceInAQuery.Output<Long> count() {
    return (id, results) -> see(id, "count " + results.count());
  }

  private static OnceInAQuery.Output<Long> twice() {
    return (id, results) -> see(id, "twice " + (results.count() + results.count()));
  }

  private static OnceInAQuery.Output<Long> failing(String message) {
    return (id, results) -> {
      if (id + 1 == FAILS) {
        throw new IllegalStateException(message);
      }
    };
  }

  private static void see(long id, String what) {
    SEEN.computeIfAbsent(id + 1, b -> new CopyOnWriteArrayList<>()).add(what);
  }

  /** Counts the bytes that are written into shuffle files. */
  private static LongAdder shuffled() {
    LongAdder bytes = new LongAdder();
    spark
        .sparkContext()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onTaskEnd(SparkListenerTaskEnd task) {
                if (task.taskMetrics() != null) { // a lost task has none
                  bytes.add(task.taskMetrics().shuffleWriteMetrics().bytesWritten());
                }
              }
            });
    return bytes;
  }

  /** Returns the RDDs that Spark keeps. One that was let go is not among them, at once. */
  private static Set<Integer> kept() {
    return Set.copyOf(
        JavaSparkContext.fromSparkContext(spark.sparkContext()).getPersistentRDDs().keySet());
  }
}
