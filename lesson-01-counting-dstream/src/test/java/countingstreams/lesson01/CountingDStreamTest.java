package countingstreams.lesson01;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.StandardOutput;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.RateController;
import org.apache.xbean.asm9.ClassReader;
import org.apache.xbean.asm9.ClassVisitor;
import org.apache.xbean.asm9.Opcodes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** Proves what the page of lesson 1 says of the engine. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class CountingDStreamTest {

  /** What was called when, and by which thread. The graph may be a copy, from a checkpoint. */
  private static final List<String> CALLS = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forgetCalls() {
    CALLS.clear();
  }

  @Nested
  @DisplayName("Who calls compute, and when")
  class Compute {

    // #region job-generator-thread
    @Test
    @DisplayName("The driver's JobGenerator thread calls it, once for each batch, in order of time")
    void onTheJobGeneratorThread() {
      try (BatchRunner runner =
          BatchRunner.of((context, output) -> output.collect(new Recorded(context))).start()) {
        runner.run(3);
        assertThat(CALLS)
            .containsExactly(
                "1000 ms on JobGenerator", "2000 ms on JobGenerator", "3000 ms on JobGenerator");
      }
    }

    // #endregion job-generator-thread

    // #region once-per-batch-time
    @Test
    @DisplayName("Two output operations share one RDD: compute is called once, its result kept")
    void oncePerBatchTime() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    Recorded stream = new Recorded(context);
                    output.collect(stream);
                    output.collect(stream);
                  })
              .start()) {
        runner.run(1);
        assertThat(CALLS).containsExactly("1000 ms on JobGenerator");
        assertThat(runner.lines())
            .containsExactly("batch 1 | partition 0 | 0 1", "batch 1 | partition 0 | 0 1");
      }
    }

    // #endregion once-per-batch-time

    // #region computed-by-each-output
    @Test
    @DisplayName("The RDD is shared, its elements are not: two outputs call map twice as often")
    void computedByEachOutput() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    JavaDStream<Long> mapped =
                        new Recorded(context)
                            .asJava()
                            .map(
                                number -> {
                                  CALLS.add("map " + number);
                                  return number;
                                });
                    output.collect(mapped.dstream());
                    output.collect(mapped.dstream());
                  })
              .start()) {
        runner.run(1);
        assertThat(CALLS.stream().filter(call -> call.startsWith("map")))
            .containsExactlyInAnyOrder("map 0", "map 0", "map 1", "map 1");
      }
    }

    // #endregion computed-by-each-output

    // #region outputs-run-elsewhere
    @Test
    @DisplayName("Output operations run on another thread: the streaming job executor has one")
    void outputsRunElsewhere() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      new Recorded(context)
                          .asJava()
                          .foreachRDD(rdd -> CALLS.add(Thread.currentThread().getName())))
              .start()) {
        runner.run(1);
        assertThat(CALLS).containsExactly("1000 ms on JobGenerator", "streaming-job-executor-0");
        runner.generate(2).finish();
        assertThat(CALLS.subList(2, 6))
            .containsOnlyOnce("2000 ms on JobGenerator", "3000 ms on JobGenerator")
            .contains("streaming-job-executor-0")
            .doesNotContain("streaming-job-executor-1");
      }
    }

    // #endregion outputs-run-elsewhere

    // #region concurrent-jobs
    @Test
    @DisplayName("With spark.streaming.concurrentJobs=2, two batches run at the same time")
    void twoAtATimeIfAsked() {
      CyclicBarrier bothAreHere = new CyclicBarrier(2);
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      new CountingDStream(context, 2, 1)
                          .asJava()
                          .foreachRDD(rdd -> CALLS.add("met " + bothAreHere.await(60, SECONDS))))
              .with("spark.streaming.concurrentJobs", "2")
              .start()) {
        runner.generate(2).finish();
        assertThat(CALLS).containsExactlyInAnyOrder("met 0", "met 1");
      }
    }

    // #endregion concurrent-jobs

    // #region after-a-restart
    @Test
    @DisplayName(
        "After a restart start() makes a thread that computes all batches that are due, and waits for it")
    void onAStartingThreadAfterARestart() {
      try (BatchRunner runner =
          BatchRunner.of((context, output) -> output.collect(new Recorded(context)))
              .withCheckpoint()
              .start()) {
        runner.run(2).crash();
        CALLS.clear();
        runner.recover(2).run(1);
        assertThat(CALLS)
            .containsExactly(
                "2000 ms on streaming-start",
                "3000 ms on streaming-start",
                "4000 ms on streaming-start",
                "5000 ms on JobGenerator");
        assertThat(runner.lines())
            .as("a plain counter goes on, and gives batch 2 other numbers than it had")
            .startsWith(
                "batch 1 | partition 0 | 0 1",
                "batch 2 | partition 0 | 2 3",
                "batch 2 | partition 0 | 4 5");
      }
    }

    // #endregion after-a-restart

    // #region no-output
    @Test
    @DisplayName("Without an output operation nothing is computed: the context does not even start")
    void notWithoutAnOutput() {
      BatchRunner runner = BatchRunner.of((context, output) -> new Recorded(context));
      assertThatThrownBy(runner::start)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("No output operations registered, so nothing to execute");
      assertThat(CALLS).isEmpty();
    }

    // #endregion no-output

    // #region nobody-asks
    @Test
    @DisplayName("A stream that no output operation asks for is not computed, beside one that is")
    void notIfNobodyAsks() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    new Recorded(context).asJava().map(number -> number + 1);
                    output.collect(new CountingDStream(context, 1, 1));
                  })
              .start()) {
        runner.run(2);
        assertThat(CALLS).isEmpty();
        assertThat(runner.batches()).hasSize(2);
      }
    }
    // #endregion nobody-asks
  }

  @Nested
  @DisplayName("Batch times")
  class BatchTimes {

    // #region zero-time
    @Test
    @DisplayName("Zero time is one interval before the first batch, which is batch 1")
    void zeroTime() {
      Recorded[] stream = new Recorded[1];
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    stream[0] = new Recorded(context);
                    output.collect(stream[0]);
                  })
              .start()) {
        runner.run(1);
        assertThat(stream[0].zeroTime()).isEqualTo(new Time(0));
        assertThat(stream[0].batchNumber(new Time(1000))).isEqualTo(1);
        assertThat(stream[0].batchNumber(new Time(7000))).isEqualTo(7);
      }
    }

    // #endregion zero-time

    // #region valid-times
    @Test
    @DisplayName("Only times after zero time, a multiple of the interval away, get an RDD")
    void validTimes() {
      Recorded[] stream = new Recorded[1];
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    stream[0] = new Recorded(context);
                    output.collect(stream[0]);
                  })
              .start()) {
        runner.run(1);
        assertThat(stream[0].getOrCompute(new Time(0)).isEmpty()).isTrue();
        assertThat(stream[0].getOrCompute(new Time(1500)).isEmpty()).isTrue();
        assertThat(stream[0].getOrCompute(new Time(2000)).isDefined()).isTrue();
      }
    }

    // #endregion valid-times

    // #region remembered
    @Test
    @DisplayName(
        "The RDD of a batch is forgotten once the remember duration, one interval, is over")
    void remembered() {
      Recorded[] stream = new Recorded[1];
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) -> {
                    stream[0] = new Recorded(context);
                    output.collect(stream[0]);
                  })
              .start()) {
        runner.run(3);
        assertThat(CollectionConverters.asJava(stream[0].generatedRDDs()).keySet())
            .containsExactly(new Time(3000));
      }
    }
    // #endregion remembered
  }

  @Nested
  @DisplayName("Nothing: None against an empty RDD")
  class Nothing {

    // #region none
    @Test
    @DisplayName("None: no job, and no listener hears of the batch")
    void none() {
      try (BatchRunner runner =
          BatchRunner.of((context, output) -> output.collect(new Silent(context, false))).start()) {
        runner.run(2);
        assertThat(runner.batches()).isEmpty();
        assertThat(runner.completed()).isEmpty();
      }
    }

    // #endregion none

    // #region none-breaks-transform
    @Test
    @DisplayName("None upstream of transform: the engine fails")
    void noneBreaksTransform() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      output.collect(
                          new Silent(context, false).asJava().transform(rdd -> rdd).dstream()))
              .start()) {
        assertThatThrownBy(() -> runner.run(1))
            .isInstanceOf(SparkException.class)
            .hasMessageContaining("Couldn't generate RDD from parent at time 1000 ms");
      }
    }

    // #endregion none-breaks-transform

    // #region empty-rdd
    @Test
    @DisplayName("An empty RDD: a job, a completed batch, and transform works")
    void emptyRdd() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      output.collect(
                          new Silent(context, true).asJava().transform(rdd -> rdd).dstream()))
              .start()) {
        runner.run(2);
        assertThat(runner.batches())
            .containsExactly(new Batch(1, List.of()), new Batch(2, List.of()));
        assertThat(runner.completed()).hasSize(2);
      }
    }
    // #endregion empty-rdd
  }

  @Nested
  @DisplayName("Partitions")
  class Partitions {

    // #region slices
    @Test
    @DisplayName("parallelize cuts the list into slices in order: 6 numbers in 3 partitions")
    void slices() {
      assertThat(linesOfOneBatch(6, 3))
          .containsExactly(
              "batch 1 | partition 0 | 0 1",
              "batch 1 | partition 1 | 2 3",
              "batch 1 | partition 2 | 4 5");
    }

    // #endregion slices

    // #region empty-partitions
    @Test
    @DisplayName("More partitions than numbers: some are empty, in between too")
    void emptyPartitions() {
      assertThat(linesOfOneBatch(6, 8))
          .containsExactly(
              "batch 1 | partition 0 | ",
              "batch 1 | partition 1 | 0",
              "batch 1 | partition 2 | 1",
              "batch 1 | partition 3 | 2",
              "batch 1 | partition 4 | ",
              "batch 1 | partition 5 | 3",
              "batch 1 | partition 6 | 4",
              "batch 1 | partition 7 | 5");
    }

    // #endregion empty-partitions

    // #region collect-hides-them
    @Test
    @DisplayName("collect keeps the order of partitions and hides where they end")
    void collectHidesThem() {
      List<List<Long>> collected = Collections.synchronizedList(new ArrayList<>());
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      new CountingDStream(context, 6, 4)
                          .asJava()
                          .foreachRDD(rdd -> collected.add(rdd.collect())))
              .start()) {
        runner.run(1);
        assertThat(collected).containsExactly(List.of(0L, 1L, 2L, 3L, 4L, 5L));
      }
    }

    // #endregion collect-hides-them

    // #region print-hides-them
    @Test
    @DisplayName("print shows ten elements and no partitions")
    void printHidesThem() {
      String printed =
          StandardOutput.of(
              () -> {
                try (BatchRunner runner =
                    BatchRunner.of(
                            (context, output) ->
                                new CountingDStream(context, 12, 4).asJava().print())
                        .start()) {
                  runner.run(1);
                }
              });
      assertThat(printed.lines())
          .containsExactly(
              "-------------------------------------------",
              "Time: 1000 ms",
              "-------------------------------------------",
              "0",
              "1",
              "2",
              "3",
              "4",
              "5",
              "6",
              "7",
              "8",
              "9",
              "...",
              "");
    }

    // #endregion print-hides-them

    private List<String> linesOfOneBatch(int numbers, int partitions) {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      output.collect(new CountingDStream(context, numbers, partitions)))
              .start()) {
        return runner.run(1).lines();
      }
    }
  }

  // #region closure-trap-test
  @Test
  @DisplayName("A function in compute that holds the stream can't be sent to an executor")
  void closureTrap() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Trapped(context))).start()) {
      assertThatThrownBy(() -> runner.run(1))
          .satisfies(
              thrown ->
                  assertThat(ExceptionUtils.getRootCauseMessage(thrown))
                      .contains("is being serialized")
                      .contains("possibly as a part of closure"));
    }
  }

  // #endregion closure-trap-test

  // #region reports-nothing
  @Test
  @DisplayName("A stream that does not report its input has none, for listeners and the web UI")
  void reportsNothing() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new CountingDStream(context, 6, 1)))
            .start()) {
      runner.run(1);
      BatchInfo batch = runner.completed().get(0);
      assertThat(CollectionConverters.asJava(batch.streamIdToInputInfo())).isEqualTo(Map.of());
      assertThat(batch.numRecords()).isZero();
    }
  }

  // #endregion reports-nothing

  // #region no-back-pressure
  @Test
  @DisplayName(
      "A slow stage does not throttle the stream: the queue grows by what the stage can't do")
  void noBackPressure() {
    List<Integer> queue = new ArrayList<>();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> output.collect(new CountingDStream(context, 2, 1), "stage"))
            .start()) {
      for (int i = 1; i <= 10; i++) {
        runner.generate(1);
        queue.add(runner.pendingBatches().size());
        if (i % 3 == 1 && i > 1) { // three intervals after it began, a batch is done
          runner.gate("stage").open(1);
          runner.finish((i - 1) / 3);
        }
      }
    }
    assertThat(queue).containsExactly(1, 2, 3, 4, 4, 5, 6, 6, 7, 8);
  }

  // #endregion no-back-pressure

  // #region rate-controller
  @Test
  @DisplayName(
      "Spark's back-pressure is off; switched on, it asks receivers, and no stream of ours")
  void rateController() {
    assertThat(RateController.isBackPressureEnabled(new SparkConf(false))).isFalse();
    BatchRunner.of(
            (context, output) -> {
              CountingDStream own = new CountingDStream(context, 2, 1);
              assertThat(own.rateController().isDefined()).isFalse();
              // A second context on the same SparkContext, so that no receiver is started.
              StreamingContext unused =
                  new StreamingContext(context.sparkContext(), Durations.seconds(1));
              assertThat(
                      unused
                          .socketTextStream("localhost", 1, StorageLevel.MEMORY_ONLY())
                          .rateController()
                          .isDefined())
                  .isTrue();
              output.collect(own);
            })
        .with("spark.streaming.backpressure.enabled", "true")
        .start()
        .close();
  }

  // #endregion rate-controller

  // #region deprecated
  @Test
  @DisplayName("DStreams are legacy: Spark's class files say so, and the compiler warns of it")
  void deprecated() throws IOException {
    assertThat(isDeprecated(StreamingContext.class)).isTrue();
    assertThat(isDeprecated(JavaStreamingContext.class)).isTrue();
    assertThat(isDeprecated(SparkContext.class)).isFalse();
  }

  // #endregion deprecated

  /** Looks for the mark in the class file: Scala writes no annotation that Java sees. */
  private static boolean isDeprecated(Class<?> type) throws IOException {
    AtomicBoolean marked = new AtomicBoolean();
    try (InputStream file = type.getResourceAsStream(type.getSimpleName() + ".class")) {
      new ClassReader(file)
          .accept(
              new ClassVisitor(Opcodes.ASM9) {
                @Override
                public void visit(
                    int version,
                    int access,
                    String name,
                    String signature,
                    String superName,
                    String[] interfaces) {
                  marked.set((access & Opcodes.ACC_DEPRECATED) != 0);
                }
              },
              ClassReader.SKIP_CODE);
    }
    return marked.get();
  }

  @Test
  @DisplayName("Numbers and partitions out of range are refused when the stream is made")
  void refusesNonsense() {
    assertThatThrownBy(
            () -> BatchRunner.of((context, output) -> new CountingDStream(context, 1, 0)).start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("partitions must be 1 or more: 0");
    assertThatThrownBy(
            () -> BatchRunner.of((context, output) -> new CountingDStream(context, -1, 1)).start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("numbersPerBatch must be 0 or more: -1");
  }

  /** Two numbers a batch, and a record of who calls compute. */
  private static final class Recorded extends CountingDStream {

    private static final long serialVersionUID = 1L;

    Recorded(StreamingContext context) {
      super(context, 2, 1);
    }

    @Override
    public Option<RDD<Long>> compute(Time batchTime) {
      CALLS.add(batchTime + " on " + Thread.currentThread().getName());
      return super.compute(batchTime);
    }
  }

  /** Has nothing in any batch: an empty RDD, or no RDD. */
  private static final class Silent extends CountingDStream {

    private static final long serialVersionUID = 1L;

    private final boolean anRdd;

    Silent(StreamingContext context, boolean anRdd) {
      super(context, 1, 1);
      this.anRdd = anRdd;
    }

    @Override
    public Option<RDD<Long>> compute(Time batchTime) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
      return anRdd ? Option.apply(spark.<Long>emptyRDD().rdd()) : Option.empty();
    }
  }

  /** Adds its own field to each number, in a function that therefore holds the whole stream. */
  private static final class Trapped extends CountingDStream {

    private static final long serialVersionUID = 1L;

    private final long offset = Long.parseLong("100");

    Trapped(StreamingContext context) {
      super(context, 2, 1);
    }

    // #region closure-trap
    @Override
    protected RDD<Long> numbers(NumberRange range, int partitions) {
      JavaRDD<Long> numbers = super.numbers(range, partitions).toJavaRDD();
      return numbers.map(number -> number + offset).rdd(); // offset is this.offset
    }
    // #endregion closure-trap
  }
}
