package countingstreams.lesson05.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.StoredBlock;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "5.1",
    title = "Once is enough",
    task =
        "Have a slow function called once for each number of a batch, though several outputs read it.",
    solves = OnceIsEnough.class,
    page = "lesson-05-caching",
    hints = {
      "Each output operation is a job, and each job computes what it reads. What can a stream be told,"
          + " so that the engine keeps each RDD that it returns?",
      "cache() or persist(level), on the stream that has the results: what comes before it is then not"
          + " computed again, and what comes after it is. The engine also lets go of the RDDs that a stream"
          + " has returned, and of no others.",
      "One stream, numbers.map(slow).cache(), and for each output a foreachRDD on that same stream."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class OnceIsEnoughTest {

  private static final long PATIENCE_MS = 2000;
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

  private static final List<String> COUNTED = new CopyOnWriteArrayList<>();

  @BeforeEach
  void forget() {
    CALLS.set(0);
    OFFSET.set(0);
    SEEN.clear();
    COUNTED.clear();
  }

  @Test
  void calledOnce() {
    List<String> lines = new ArrayList<>();
    List<Long> kept = new ArrayList<>();
    try (BatchRunner runner = running(List.of(sum(), count(), twice())).start()) {
      for (long batch = 1; batch <= BATCHES; batch++) {
        CALLS.set(0);
        OFFSET.set(2 * (batch - 1));
        runner.run(1);
        lines.add(
            "batch %d | %d calls | %s"
                .formatted(
                    batch, CALLS.get(), String.join(" ", SEEN.getOrDefault(batch, List.of()))));
        kept.add(batchesKept());
      }
    }
    try {
      Transcript.assertMatches("once-is-enough", lines);
    } catch (AssertionError e) {
      throw new AssertionError(why(lines) + "\n\n" + e.getMessage(), e);
    }
    assertThat(kept.get(BATCHES - 1))
        .as(
            "After batch %d there are results of %d batches on the executors, and one more after each"
                + " batch or so: one day they fill the memory. The engine unpersists the RDDs that a stream has"
                + " returned, once it need not remember them. It does not for one that was made and persisted on"
                + " the way, and not while somebody has it remember more",
            BATCHES, kept.get(BATCHES - 1))
        .isLessThanOrEqualTo(1);
  }

  @Test
  void aFailureIsItsOwn() {
    List<BatchInfo> completed = new ArrayList<>();
    Throwable thrown =
        catchThrowable(
            () -> {
              try (BatchRunner runner = running(List.of(failing(), count())).start()) {
                runner.run(FAILS - 1);
                completed.addAll(runner.completed());
                runner.run(1);
                // The batch can be done before the engine's error is known.
                runner.context().awaitTerminationOrTimeout(PATIENCE_MS);
              }
            });
    assertThat(thrown)
        .as(
            "What the run says of an output that fails. If its job does not fail, nobody hears of it")
        .isNotNull();
    assertThat(ExceptionUtils.getRootCauseMessage(thrown)).contains("out of paper");
    assertThat(COUNTED)
        .as(
            "The first output fails in batch %d. What the second one has: its job is to be another one,"
                + " which runs all the same. So each output is an output operation of its own, a foreachRDD",
            FAILS)
        .containsExactly("count 1: 10", "count 2: 10");
    assertThat(completed.get(0).outputOperationInfos().size())
        .as(
            "The output operations of a batch with two outputs. One that runs all outputs has one"
                + " result for all: the engine does not know which of them failed. A foreachRDD for each")
        .isEqualTo(2);
  }

  @Test
  void staysOnTheExecutors() {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    OnceIsEnough.write(
                        new CountingDStream(context, NUMBERS, 2)
                            .asJava()
                            .map(number -> number + 1000),
                        OnceIsEnoughTest::large,
                        List.of((time, results) -> results.count())))
            .with("spark.driver.maxResultSize", "1m")
            .with("spark.shuffle.compress", "false")
            .with("spark.cleaner.referenceTracking", "false")
            .start()) {
      LongAdder shuffled = shuffled(runner.context());
      runner.run(BATCHES);
      assertThat(shuffled.sum())
          .as(
              "After batch %d, bytes in shuffle files, where a batch has results of %d bytes. A shuffle's"
                  + " files are read by each job, so the function is called once. But no stream lets go of"
                  + " them: they stay until the driver's garbage collector finds that nobody refers to the"
                  + " shuffle. What a stream persists is gone when the batch is",
              BATCHES, NUMBERS * LARGE)
          .isLessThan(2L * NUMBERS * LARGE);
    } catch (Exception e) {
      if (ExceptionUtils.getRootCauseMessage(e).contains("spark.driver.maxResultSize")) {
        throw new AssertionError(
            "Results have come to the driver. All executors together have more memory than it, and what it"
                + " has it sends out again, with each task. Spark has a store on the executors. It says: "
                + ExceptionUtils.getRootCauseMessage(e),
            e);
      }
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  private static String why(List<String> lines) {
    for (String line : lines) {
      int calls = Integer.parseInt(line.replaceAll(".*\\| (\\d+) calls.*", "$1"));
      if (calls > NUMBERS) {
        return ("The function was called %d times for %d numbers. Each job on an RDD computes it again, from"
                + " where something is kept: an input, a shuffle file, or an RDD that is persisted. An output"
                + " operation has a job or more, and here there are three, with four jobs.")
            .formatted(calls, NUMBERS);
      }
      if (calls < NUMBERS) {
        return ("The function was called %d times for %d numbers. The same numbers come in each batch, and the"
                + " function gives other results for them. What was kept is of another batch.")
            .formatted(calls, NUMBERS);
      }
    }
    return "The function was called as often as it should be. But the outputs have not seen each batch, and only that.";
  }

  /** Each batch has the same numbers. */
  private static BatchRunner running(List<OnceIsEnough.Output<Long>> outputs) {
    return BatchRunner.of(
            (context, output) -> OnceIsEnough.write(same(context), OnceIsEnoughTest::slow, outputs))
        .with("spark.cleaner.referenceTracking", "false"); // or garbage collections let go, too
  }

  private static JavaDStream<Long> same(StreamingContext context) {
    return new CountingDStream(context, NUMBERS, 2).asJava().map(number -> number % NUMBERS);
  }

  private static long slow(long number) {
    CALLS.incrementAndGet();
    return 2 * number + OFFSET.get();
  }

  private static byte[] large(long number) {
    return new byte[LARGE];
  }

  private static OnceIsEnough.Output<Long> sum() {
    return (time, results) -> see(time, "sum " + results.reduce(Long::sum));
  }

  private static OnceIsEnough.Output<Long> count() {
    return (time, results) -> {
      long count = results.count();
      see(time, "count " + count);
      COUNTED.add("count %d: %d".formatted(batch(time), count));
    };
  }

  private static OnceIsEnough.Output<Long> twice() {
    return (time, results) -> see(time, "twice " + (results.count() + results.count()));
  }

  private static OnceIsEnough.Output<Long> failing() {
    return (time, results) -> {
      if (batch(time) == FAILS) {
        throw new IllegalStateException("The printer is out of paper.");
      }
    };
  }

  private static void see(long time, String what) {
    SEEN.computeIfAbsent(batch(time), b -> new CopyOnWriteArrayList<>()).add(what);
  }

  private static long batch(long time) {
    return time / BatchRunner.INTERVAL_MS;
  }

  /** Counts the bytes that are written into shuffle files: in this test nobody deletes them. */
  private static LongAdder shuffled(StreamingContext context) {
    LongAdder bytes = new LongAdder();
    context
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

  /** Returns of how many RDDs there are blocks, in memory or on disk. */
  private static long batchesKept() {
    return BatchRunner.storedBlocks().stream().map(StoredBlock::rdd).distinct().count();
  }
}
