package countingstreams.lesson05;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Output;
import countingstreams.testkit.Point;
import countingstreams.testkit.StoredBlock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.spark.CleanerListener;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.StorageLevels;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.dstream.DStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Proves what lesson 5 says of Spark's caching. Each batch has 10 numbers in 2 partitions, and a
 * function that doubles them and counts its calls.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class SparkCachingTest {

  private static final int NUMBERS = 10;
  private static final int PARTITIONS = 2;
  private static final Duration WINDOW = Durations.seconds(5);
  private static final int PATIENCE_SECONDS = 60;

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicLong CALLS = new AtomicLong();

  private static final AtomicBoolean FAILED = new AtomicBoolean();
  private static final List<Object> SEEN = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    CALLS.set(0);
    FAILED.set(false);
    SEEN.clear();
  }

  @Nested
  @DisplayName("Two outputs")
  class TwoOutputs {

    // #region two-outputs
    @Test
    @DisplayName("compute each number twice")
    void withoutCache() {
      assertThat(
              callsOfBatches(
                  (doubled, output) -> {
                    output.collect(doubled.dstream());
                    output.collect(doubled.dstream());
                  }))
          .containsExactly(20L, 20L, 20L);
    }

    @Test
    @DisplayName("compute it once if the stream is cached")
    void withCache() {
      assertThat(
              callsOfBatches(
                  (doubled, output) -> {
                    doubled.cache();
                    output.collect(doubled.dstream());
                    output.collect(doubled.dstream());
                  }))
          .containsExactly(10L, 10L, 10L);
    }

    // #endregion two-outputs

    // #region above-the-cache
    @Test
    @DisplayName("still call what comes after the cached stream twice")
    void aboveTheCache() {
      assertThat(
              callsOfBatches(
                  (doubled, output) -> {
                    JavaDStream<Long> again = doubled(doubled.cache());
                    output.collect(again.dstream());
                    output.collect(again.dstream());
                  }))
          .containsExactly(30L, 30L, 30L);
    }

    // #endregion above-the-cache

    // #region two-actions
    @Test
    @DisplayName("are as two actions of one output: each computes all")
    void twoActions() {
      assertThat(
              callsOfBatches((doubled, output) -> doubled.foreachRDD(SparkCachingTest::countTwice)))
          .containsExactly(20L, 20L, 20L);
      assertThat(
              callsOfBatches(
                  (doubled, output) -> doubled.cache().foreachRDD(SparkCachingTest::countTwice)))
          .containsExactly(10L, 10L, 10L);
    }

    // #endregion two-actions

    // #region take
    @Test
    @DisplayName("of which the first takes 2 numbers: the cache stores a partition, not the batch")
    void take() {
      assertThat(callsOfActions(false)).as("2 numbers, then all").containsExactly(2L, 10L);
      assertThat(callsOfActions(true)).as("a partition, then the other").containsExactly(5L, 5L);
    }

    private List<Long> callsOfActions(boolean cached) {
      List<Long> calls = new ArrayList<>();
      BatchRunner runner =
          running(
              (doubled, output) -> {
                if (cached) {
                  doubled.cache();
                }
                doubled.foreachRDD(batch -> batch.take(2));
                doubled.foreachRDD(batch -> calls.add(CALLS.getAndSet(0)));
                doubled.foreachRDD(batch -> batch.count());
                doubled.foreachRDD(batch -> calls.add(CALLS.getAndSet(0)));
              });
      try (runner) {
        runner.start().run(1);
      }
      return calls;
    }

    // #endregion take

    // #region lazy
    @Test
    @DisplayName("of which none reads the stream: nothing is computed, and nothing is stored")
    void nobodyReads() {
      BatchRunner runner = running((doubled, output) -> doubled.cache().foreachRDD(batch -> {}));
      try (runner) {
        runner.start().run(3);
        assertThat(CALLS).hasValue(0);
        assertThat(rddsInMemory()).isEmpty();
      }
    }
    // #endregion lazy
  }

  @Nested
  @DisplayName("The level")
  class Level {

    // #region default-level
    @Test
    @DisplayName("of a stream is MEMORY_ONLY_SER, of an RDD MEMORY_ONLY")
    void defaultLevel() {
      BatchRunner runner =
          running(
              (doubled, output) -> {
                SEEN.add(doubled.cache().dstream().storageLevel());
                doubled.foreachRDD(
                    batch -> {
                      SEEN.add(batch.getStorageLevel());
                      SEEN.add(batch.map(number -> number).cache().getStorageLevel());
                    });
              });
      try (runner) {
        runner.start().run(1);
        assertThat(SEEN)
            .containsExactly(
                StorageLevel.MEMORY_ONLY_SER(),
                StorageLevel.MEMORY_ONLY_SER(),
                StorageLevel.MEMORY_ONLY());
      }
    }

    // #endregion default-level

    // #region after-the-start
    @Test
    @DisplayName("can't be set after the start")
    void afterTheStart() {
      AtomicReference<JavaDStream<Long>> stream = new AtomicReference<>();
      BatchRunner runner =
          running(
              (doubled, output) -> {
                stream.set(doubled);
                output.collect(doubled.dstream());
              });
      try (runner) {
        runner.start();
        assertThatThrownBy(() -> stream.get().cache())
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessage(
                "Cannot change storage level of a DStream after streaming context has started");
      }
    }

    // #endregion after-the-start

    // #region last-level
    @Test
    @DisplayName("is the last that was set: a window sets one, too, and so does checkpoint")
    void lastLevel() {
      BatchRunner runner =
          running(
              (doubled, output) -> {
                doubled.persist(StorageLevels.MEMORY_AND_DISK);
                SEEN.add(doubled.dstream().storageLevel());
                JavaDStream<Long> window = doubled.window(WINDOW);
                SEEN.add(doubled.dstream().storageLevel());
                window.persist(StorageLevels.MEMORY_AND_DISK);
                SEEN.add(doubled.dstream().storageLevel());
                SEEN.add(window.dstream().storageLevel());
                doubled.checkpoint(WINDOW);
                SEEN.add(doubled.dstream().storageLevel());
                output.collect(window.dstream());
              });
      try (runner) {
        runner.withCheckpoint().start();
        assertThat(SEEN)
            .containsExactly(
                StorageLevel.MEMORY_AND_DISK(),
                StorageLevel.MEMORY_ONLY_SER(),
                StorageLevel.MEMORY_AND_DISK(), // the window hands it to its parent
                StorageLevel.NONE(),
                StorageLevel.MEMORY_ONLY_SER());
      }
    }
    // #endregion last-level
  }

  @Nested
  @DisplayName("A window of 5 batches")
  class Window {

    // #region window-once
    @Test
    @DisplayName("persists its parent: a number is in five windows, and computed once")
    void once() {
      assertThat(
              callsOfBatches(
                  (doubled, output) -> output.collect(doubled.window(WINDOW).dstream()), 7))
          .containsExactly(10L, 10L, 10L, 10L, 10L, 10L, 10L);
    }

    @Test
    @DisplayName("would compute it five times without that")
    void fiveTimes() {
      assertThat(
              callsOfBatches(
                  (doubled, output) -> {
                    JavaDStream<Long> window = doubled.window(WINDOW);
                    doubled.persist(StorageLevels.NONE);
                    output.collect(window.dstream());
                  },
                  7))
          .containsExactly(10L, 20L, 30L, 40L, 50L, 50L, 50L);
    }

    // #endregion window-once

    // #region after-the-window
    @Test
    @DisplayName("has what comes after it work on all five batches: map first, then the window")
    void afterTheWindow() {
      BatchRunner runner =
          BatchRunner.of(
              (context, output) ->
                  output.collect(
                      doubled(
                              new CountingDStream(context, NUMBERS, PARTITIONS)
                                  .asJava()
                                  .window(WINDOW))
                          .dstream()));
      assertThat(callsOfBatches(runner, 7)).containsExactly(10L, 20L, 30L, 40L, 50L, 50L, 50L);
    }

    // #endregion after-the-window

    // #region window-remembers
    @Test
    @DisplayName("keeps 6 batches of its parent, and 7 while the next one runs")
    void remembers() {
      BatchRunner runner =
          running((doubled, output) -> output.collect(doubled.window(WINDOW).dstream()));
      assertThat(inMemory(runner)).isEqualTo(new InMemory(7, 6));
    }
    // #endregion window-remembers
  }

  @Nested
  @DisplayName("In memory are")
  class Kept {

    // #region kept
    @Test
    @DisplayName("of a cached stream the last batch, and the one that runs")
    void lastBatch() {
      BatchRunner runner = running((doubled, output) -> output.collect(doubled.cache().dstream()));
      assertThat(inMemory(runner)).isEqualTo(new InMemory(2, 1));
    }

    @Test
    @DisplayName("with remember(3 s) the last 3 batches, and the one that runs")
    void remember() {
      BatchRunner runner =
          running(
              (doubled, output) -> {
                doubled.context().remember(Durations.seconds(3));
                output.collect(doubled.cache().dstream());
              });
      assertThat(inMemory(runner)).isEqualTo(new InMemory(4, 3));
    }

    // #endregion kept

    // #region kept-for-state
    @Test
    @DisplayName("20 batches of an input before updateStateByKey, which checkpoints every tenth")
    void updateStateByKey() {
      assertThat(
              inMemoryBefore(
                  ones ->
                      ones.<Long>updateStateByKey(
                              (news, before) -> Optional.of(before.orElse(0L) + news.size()))
                          .dstream()))
          .isEqualTo(20);
    }

    @Test
    @DisplayName("20 batches of an input before mapWithState, too")
    void mapWithState() {
      assertThat(
              inMemoryBefore(ones -> ones.mapWithState(StateSpec.function(counting())).dstream()))
          .isEqualTo(20);
    }

    @Test
    @DisplayName("1 batch of an input before reduceByKey, which has no state")
    void reduceByKey() {
      assertThat(inMemoryBefore(ones -> ones.reduceByKey(Long::sum).dstream())).isEqualTo(1);
    }

    // #endregion kept-for-state

    /** Returns how many batches of the cached input are in memory after 30. */
    private long inMemoryBefore(State state) {
      AtomicReference<DStream<Long>> input = new AtomicReference<>();
      BatchRunner runner =
          running(
              (doubled, output) -> {
                input.set(doubled.cache().dstream());
                output.collect(state.of(doubled.mapToPair(number -> new Tuple2<>(number % 2, 1L))));
              });
      try (runner) {
        runner.withCheckpoint().start().run(30);
        Set<Integer> inMemory = rddsInMemory();
        return CollectionConverters.asJava(input.get().generatedRDDs()).values().stream()
            .filter(batch -> inMemory.contains(batch.id()))
            .count();
      }
    }
  }

  @Nested
  @DisplayName("The engine unpersists")
  class Unpersist {

    // #region unpersist
    @Test
    @DisplayName("what it remembers no longer, unless spark.streaming.unpersist is false")
    void unpersist() {
      for (boolean unpersist : List.of(true, false)) {
        BatchRunner runner =
            running((doubled, output) -> output.collect(doubled.cache().dstream()))
                .with("spark.streaming.unpersist", String.valueOf(unpersist))
                .with("spark.cleaner.referenceTracking", "false"); // the garbage collector's part
        assertThat(inMemory(runner))
            .isEqualTo(unpersist ? new InMemory(2, 1) : new InMemory(10, 10));
      }
    }

    // #endregion unpersist

    // #region whoever-persisted
    @Test
    @DisplayName("an RDD that a stream returned, whoever persisted it")
    void whoeverPersistedIt() {
      BatchRunner runner =
          running((doubled, output) -> doubled.foreachRDD(batch -> batch.cache().count()));
      assertThat(inMemory(runner).afterIt()).isEqualTo(1);
    }

    // #endregion whoever-persisted

    // #region by-hand
    @Test
    @DisplayName("no RDD that was made in an output: one more stays in each batch")
    void byHand() {
      BatchRunner runner =
          running((doubled, output) -> doubled.foreachRDD(batch -> doubled(batch).cache().count()))
              .with("spark.cleaner.referenceTracking", "false"); // the garbage collector's part
      assertThat(inMemory(runner).afterIt()).isEqualTo(10);
    }

    @Test
    @DisplayName("so whoever made it does")
    void byHandAndBack() {
      BatchRunner runner =
          running(
              (doubled, output) ->
                  doubled.foreachRDD(
                      batch -> {
                        JavaRDD<Long> again = doubled(batch).cache();
                        countTwice(again);
                        again.unpersist();
                      }));
      assertThat(inMemory(runner).afterIt()).isZero();
      assertThat(CALLS)
          .as("10 calls before the cache and 10 after it, in 10 batches")
          .hasValue(200);
    }

    // #endregion by-hand

    // #region garbage
    @Test
    @DisplayName("not, but Spark does once the garbage collector finds that nobody has the RDD")
    void garbage() throws InterruptedException {
      CountDownLatch cleaned = new CountDownLatch(10);
      BatchRunner runner =
          running((doubled, output) -> doubled.foreachRDD(batch -> doubled(batch).cache().count()));
      try (runner) {
        runner.start();
        runner.context().sparkContext().cleaner().get().attachListener(new Cleaned(cleaned));
        runner.run(10);
        for (int tries = 0; tries < PATIENCE_SECONDS && cleaned.getCount() > 0; tries++) {
          System.gc();
          cleaned.await(1, SECONDS);
        }
        assertThat(rddsInMemory()).isEmpty();
      }
    }
    // #endregion garbage
  }

  @Nested
  @DisplayName("RDD.checkpoint()")
  class RddCheckpoint {

    // #region checkpoint-twice
    @Test
    @DisplayName("computes the RDD again, to write it")
    void again() {
      assertThat(callsOf(batch -> batch.checkpoint())).isEqualTo(20);
    }

    @Test
    @DisplayName("reads it from memory if it is persisted")
    void persisted() {
      assertThat(callsOf(batch -> batch.cache().checkpoint())).isEqualTo(10);
    }

    // #endregion checkpoint-twice

    // #region checkpoint-late
    @Test
    @DisplayName("does nothing after the first job, be it a job of a child only")
    void tooLate() {
      assertThat(
              callsOf(
                  batch -> {
                    batch.map(number -> number).count();
                    batch.checkpoint();
                  }))
          .isEqualTo(20);
      assertThat(SEEN).as("whether it is checkpointed").containsExactly(false);
    }

    // #endregion checkpoint-late

    // #region checkpoint-of-a-stream
    @Test
    @DisplayName("of a stream persists it")
    void ofAStream() {
      BatchRunner runner = running((doubled, output) -> output.collect(doubled.checkpoint(WINDOW)));
      assertThat(callsOfBatches(runner.withCheckpoint(), 6))
          .containsExactly(10L, 10L, 10L, 10L, 10L, 10L);
    }

    // #endregion checkpoint-of-a-stream

    /** Returns the calls in a batch, on which this is done before a count. */
    private long callsOf(VoidFunction<JavaRDD<Long>> before) {
      BatchRunner runner =
          running(
              (doubled, output) ->
                  doubled.foreachRDD(
                      batch -> {
                        before.call(batch);
                        batch.count();
                        SEEN.add(batch.isCheckpointed());
                      }));
      return callsOfBatches(runner.withCheckpoint(), 1).get(0);
    }
  }

  /** Memory for one batch and not for two: 8 MB, and a batch has 5. */
  @Nested
  @DisplayName("With memory for one batch")
  class Eviction {

    // #region eviction
    @Test
    @DisplayName("a window of 3 reads the batch that is there first, and computes the others again")
    void memoryOnly() {
      assertThat(callsOfWindow(StorageLevels.MEMORY_ONLY_SER))
          .containsExactly(5L, 5L, 10L, 10L, 10L);
    }

    @Test
    @DisplayName("a window of 3 reads the others from disk with MEMORY_AND_DISK_SER")
    void memoryAndDisk() {
      assertThat(callsOfWindow(StorageLevels.MEMORY_AND_DISK_SER))
          .containsExactly(5L, 5L, 5L, 5L, 5L);
    }

    private List<Long> callsOfWindow(StorageLevel level) {
      return callsOfBatches(
          withLittleMemory(
              1,
              (megabytes, output) ->
                  output.collect(
                      megabytes
                          .window(Durations.seconds(3))
                          .persist(level)
                          .map(bytes -> bytes.length)
                          .dstream())),
          5);
    }

    // #endregion eviction

    // #region own-blocks
    @Test
    @DisplayName("a batch of twice that stores a half: an RDD never evicts its own blocks")
    void ownBlocks() {
      assertThat(
              callsOfBatches(
                  withLittleMemory(
                      2,
                      (megabytes, output) -> {
                        JavaDStream<Integer> sizes = megabytes.cache().map(bytes -> bytes.length);
                        output.collect(sizes.dstream());
                        output.collect(sizes.dstream());
                        output.collect(sizes.dstream());
                      }),
                  3))
          .as("one partition once, the other by each output")
          .containsExactly(20L, 20L, 20L);
    }

    // #endregion own-blocks

    /** Each partition is 5 numbers, and each number a megabyte. */
    private BatchRunner withLittleMemory(
        int partitions, BiConsumer<JavaDStream<byte[]>, Output> program) {
      return BatchRunner.of(
              (context, output) ->
                  program.accept(
                      new CountingDStream(context, 5 * partitions, partitions)
                          .asJava()
                          .map(
                              number -> {
                                CALLS.incrementAndGet();
                                return new byte[1 << 20];
                              }),
                      output))
          .with("spark.master", "local[1]") // one task at a time: its order is certain
          .with("spark.testing.memory", "" + (8 << 20))
          .with("spark.testing.reservedMemory", "0")
          .with("spark.memory.fraction", "1");
    }
  }

  // #region slice
  @Test
  @DisplayName("A slice of what is remembered is read from memory, of what is not, computed again")
  void slice() {
    AtomicReference<JavaDStream<Long>> stream = new AtomicReference<>();
    BatchRunner runner =
        BatchRunner.of(
            (context, output) -> {
              stream.set(
                  doubled(new CheckpointedCountingDStream(context, NUMBERS, PARTITIONS).asJava()));
              output.collect(stream.get().cache().dstream());
            });
    try (runner) {
      runner.start().run(3);
      assertThat(CALLS.getAndSet(0)).isEqualTo(30);
      assertThat(slice(stream.get(), 3).count()).isEqualTo(10);
      assertThat(CALLS).hasValue(0);
      assertThat(slice(stream.get(), 1).count()).isEqualTo(10);
      assertThat(CALLS).hasValue(10);
    }
  }

  // #endregion slice

  // #region recovery
  @Test
  @DisplayName("After a restart nothing is in memory: a window's batches are computed again")
  void recovery() {
    BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        doubled(new PageViewsDStream(context, NUMBERS, PARTITIONS, 3).asJava())
                            .window(WINDOW)
                            .dstream()))
            .withCheckpoint();
    try (runner) {
      runner.start().run(8).crash();
      assertThat(CALLS.getAndSet(0)).as("8 batches").isEqualTo(80);
      runner.recover(0);
      assertThat(CALLS.getAndSet(0)).as("batch 8 again, so 4 to 8").isEqualTo(50);
      runner.run(1);
      assertThat(CALLS).as("batch 9").hasValue(10);
    }
  }

  // #endregion recovery

  // #region failed-task
  @Test
  @DisplayName("A task that runs again computes its partition from the start")
  void failedTask() {
    BatchRunner runner =
        running(
                (doubled, output) -> {
                  JavaDStream<Long> cached = doubled.map(SparkCachingTest::failOnce).cache();
                  output.collect(cached.dstream());
                  output.collect(cached.dstream());
                })
            .with("spark.master", "local[2,4]");
    assertThat(callsOfBatches(runner, 2))
        .as("0 to 4; 5, 6 and 7, which fails; 5 to 9. And no more for the second output")
        .containsExactly(13L, 10L);
  }

  private static long failOnce(long doubled) {
    if (doubled == 14 && FAILED.compareAndSet(false, true)) {
      throw new IllegalStateException("The first attempt fails at 7.");
    }
    return doubled;
  }

  // #endregion failed-task

  // #region storage-info
  @Test
  @DisplayName("getRDDStorageInfo, as the web UI, knows what its listener has heard")
  void storageInfo() throws Exception {
    SparkConf conf = new SparkConf().setMaster("local").setAppName("storage-info");
    CountDownLatch busy = new CountDownLatch(1);
    try (JavaSparkContext spark = new JavaSparkContext(conf.set("spark.ui.enabled", "false"))) {
      spark.sc().listenerBus().addToStatusQueue(new Waiting(busy));
      JavaRDD<Integer> cached = spark.parallelize(List.of(1, 2, 3)).cache();
      cached.count();
      assertThat(rddsInMemory()).containsExactly(cached.id());
      assertThat(spark.sc().getRDDStorageInfo()).isEmpty();
      busy.countDown();
      spark.sc().listenerBus().waitUntilEmpty();
      assertThat(spark.sc().getRDDStorageInfo()).hasSize(1);
    }
  }

  // #endregion storage-info

  @FunctionalInterface
  private interface Program {
    void define(JavaDStream<Long> doubled, Output output);
  }

  @FunctionalInterface
  private interface State {
    DStream<?> of(JavaPairDStream<Long, Long> ones);
  }

  /**
   * How many batches have a block in memory.
   *
   * @param whileABatchRuns at the end of its output
   * @param afterIt when the engine has cleared up
   */
  private record InMemory(int whileABatchRuns, int afterIt) {}

  private static BatchRunner running(Program program) {
    return BatchRunner.of(
        (context, output) ->
            program.define(
                doubled(new CountingDStream(context, NUMBERS, PARTITIONS).asJava()), output));
  }

  private static JavaDStream<Long> doubled(JavaDStream<Long> numbers) {
    return numbers.map(SparkCachingTest::doubled);
  }

  private static JavaRDD<Long> doubled(JavaRDD<Long> numbers) {
    return numbers.map(SparkCachingTest::doubled);
  }

  /** Runs on executors. */
  private static long doubled(long number) {
    CALLS.incrementAndGet();
    return 2 * number;
  }

  private static void countTwice(JavaRDD<Long> batch) {
    batch.count();
    batch.count();
  }

  private static List<Long> callsOfBatches(Program program) {
    return callsOfBatches(program, 3);
  }

  private static List<Long> callsOfBatches(Program program, int batches) {
    return callsOfBatches(running(program), batches);
  }

  private static List<Long> callsOfBatches(BatchRunner runner, int batches) {
    List<Long> calls = new ArrayList<>();
    CALLS.set(0);
    try (runner) {
      runner.start();
      for (int batch = 1; batch <= batches; batch++) {
        runner.run(1);
        calls.add(CALLS.getAndSet(0));
      }
    }
    return calls;
  }

  /** Runs 10 batches, and looks at the last. */
  private static InMemory inMemory(BatchRunner runner) {
    AtomicInteger during = new AtomicInteger();
    try (runner) {
      runner.at(Point.AFTER_OUTPUT, 10, () -> during.set(rddsInMemory().size()));
      runner.start().run(10);
      return new InMemory(during.get(), rddsInMemory().size());
    }
  }

  /** Returns the RDDs of which the driver's block manager master knows a block. */
  private static Set<Integer> rddsInMemory() {
    return BatchRunner.storedBlocks().stream().map(StoredBlock::rdd).collect(Collectors.toSet());
  }

  private static JavaRDD<Long> slice(JavaDStream<Long> stream, int batch) {
    Time time = new Time(batch * BatchRunner.INTERVAL_MS);
    return stream.slice(time, time).get(0);
  }

  private static Function3<
          Long, Optional<Long>, org.apache.spark.streaming.State<Long>, Tuple2<Long, Long>>
      counting() {
    return (key, one, state) -> {
      state.update((state.exists() ? state.get() : 0L) + 1);
      return new Tuple2<>(key, state.get());
    };
  }

  /** Spark's own status listener, which comes after it, waits as long. */
  private static final class Waiting extends SparkListener {

    private final CountDownLatch until;

    Waiting(CountDownLatch until) {
      this.until = until;
    }

    @Override
    public void onBlockUpdated(SparkListenerBlockUpdated event) {
      try {
        until.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private record Cleaned(CountDownLatch rdds) implements CleanerListener {

    @Override
    public void rddCleaned(int rdd) {
      rdds.countDown();
    }

    @Override
    public void shuffleCleaned(int shuffle) {}

    @Override
    public void broadcastCleaned(long broadcast) {}

    @Override
    public void accumCleaned(long accumulator) {}

    @Override
    public void checkpointCleaned(long rdd) {}
  }
}
