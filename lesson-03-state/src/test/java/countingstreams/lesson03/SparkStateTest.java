package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.testkit.BatchRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function4;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.util.KnownSizeEstimation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.HashMap;
import scala.collection.immutable.HashMap$;

/** Proves what lesson 3 says of Spark's state. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class SparkStateTest {

  private static final int KEYS = 1000;

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicLong CALLS = new AtomicLong();

  private static final List<String> TIMED_OUT = Collections.synchronizedList(new ArrayList<>());
  private static final List<Long> ASKED = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    CALLS.set(0);
    TIMED_OUT.clear();
    ASKED.clear();
  }

  // #region idle-batch
  @Nested
  @DisplayName("An idle batch")
  class IdleBatch {

    @Test
    @DisplayName("updateStateByKey calls its function for all keys")
    void updateStateByKey() {
      assertThat(
              callsOfBatches(
                  ones ->
                      ones.<Long>updateStateByKey(
                              (news, before) -> {
                                CALLS.incrementAndGet();
                                return Optional.of(before.orElse(0L) + news.size());
                              })
                          .dstream()))
          .containsExactly(1000L, 1000L, 1000L);
    }

    @Test
    @DisplayName("mapWithState calls its function for none")
    void mapWithState() {
      assertThat(
              callsOfBatches(ones -> ones.mapWithState(StateSpec.function(counting())).dstream()))
          .containsExactly(1000L, 0L, 0L);
    }

    /** The first batch has all keys, those after it none. */
    private List<Long> callsOfBatches(Program program) {
      List<Long> calls = new ArrayList<>();
      try (BatchRunner runner = running(program).start()) {
        for (int batch = 1; batch <= 3; batch++) {
          CALLS.set(0);
          runner.run(1);
          calls.add(CALLS.get());
        }
      }
      return calls;
    }
  }

  // #endregion idle-batch

  // #region timeouts
  @Test
  @DisplayName("A timeout of 3 s comes at batch 10, the first that is marked for checkpoint")
  void timeoutsComeLate() {
    try (BatchRunner runner =
        running(
                ones ->
                    ones.mapWithState(StateSpec.function(counting()).timeout(Durations.seconds(3)))
                        .dstream())
            .start()) {
      runner.run(9);
      assertThat(TIMED_OUT).isEmpty();
      runner.run(1);
      assertThat(TIMED_OUT).hasSize(KEYS).containsOnly("10000 ms");
      runner.run(11);
      assertThat(TIMED_OUT).as("each key once").hasSize(KEYS);
    }
  }

  // #endregion timeouts

  // #region intervals
  @Test
  @DisplayName(
      "With batches of 4 s, updateStateByKey checkpoints every 12 s, mapWithState every 40 s;"
          + " the first keeps its state serialized")
  void intervals() {
    List<DStream<?>> states = new ArrayList<>();
    try (BatchRunner runner =
        BatchRunner.opening(
                (spark, directory, output) -> {
                  StreamingContext context =
                      new StreamingContext(spark.sc(), Durations.milliseconds(4000));
                  context.checkpoint(directory);
                  PageViewsDStream views = new PageViewsDStream(context, 1, 1, 1);
                  DStream<?> updated = SparkState.updateStateByKey(views, 1).dstream();
                  DStream<?> mapped = SparkState.mapWithState(views, 1).dstream();
                  output.collect(updated);
                  output.collect(mapped);
                  states.add(updated);
                  states.add(mapped.dependencies().head());
                  return context;
                })
            .start()) {
      assertThat(states)
          .extracting(DStream::checkpointDuration)
          .containsExactly(new Duration(12_000), new Duration(40_000));
      assertThat(states)
          .extracting(DStream::storageLevel)
          .containsExactly(StorageLevel.MEMORY_ONLY_SER(), StorageLevel.MEMORY_ONLY());
    }
  }

  // #endregion intervals

  // #region whole-state
  @Test
  @DisplayName(
      "In batches 10 and 20 all 1,000 keys are written, though nothing has changed since 1")
  void theWholeStateIsWritten() throws IOException {
    Map<Integer, Long> updated =
        bytesOfCheckpointedRdds(
            ones ->
                ones.<Long>updateStateByKey((news, before) -> Optional.of(before.orElse(0L) + 1))
                    .dstream());
    Map<Integer, Long> mapped =
        bytesOfCheckpointedRdds(
            ones -> ones.mapWithState(StateSpec.function(counting())).dstream());
    for (Map<Integer, Long> ofBatches : List.of(updated, mapped)) {
      assertThat(ofBatches.keySet()).containsExactly(10, 20);
      assertThat(ofBatches.values()).allMatch(bytes -> bytes > 4 * KEYS, "4 bytes a key");
    }
  }

  private static Map<Integer, Long> bytesOfCheckpointedRdds(Program program) throws IOException {
    Map<Integer, Long> bytes = new TreeMap<>();
    Set<Path> before = new HashSet<>();
    try (BatchRunner runner = running(program).start()) {
      for (int batch = 1; batch <= 20; batch++) {
        runner.run(1);
        try (Stream<Path> files = Files.walk(runner.checkpointDirectory())) {
          for (Path file :
              files.filter(f -> f.getFileName().toString().startsWith("part-")).toList()) {
            if (before.add(file)) {
              bytes.merge(batch, Files.size(file), Long::sum);
            }
          }
        }
      }
    }
    return bytes;
  }

  // #endregion whole-state

  @Nested
  @DisplayName("After a restart")
  class Restart {

    // #region asks-again
    @ParameterizedTest
    @EnumSource
    @DisplayName(
        "Spark's state asks for the batches since its last checkpoint again; ours does not")
    void asksForOlderBatches(PageViewsState state) {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      output.collect(state.totals(new Asked(context), 1).dstream()))
              .withCheckpoint()
              .start()) {
        runner.run(13).crash();
        ASKED.clear();
        runner.recover(0);
        if (state == PageViewsState.OWN) {
          assertThat(ASKED).containsExactly(13L);
        } else {
          assertThat(ASKED).containsExactly(11L, 12L, 13L);
        }
      }
    }

    // #endregion asks-again

    // #region forgets
    @Test
    @DisplayName("An input that has forgotten those batches gives others: the totals are wrong")
    void inputThatForgets() {
      try (BatchRunner runner =
          BatchRunner.of(
                  (context, output) ->
                      output.collect(
                          ones(new CheckpointedCountingDStream(context, 5, 1))
                              .reduceByKey(Long::sum)
                              .<Long>updateStateByKey(
                                  (news, before) ->
                                      Optional.of(
                                          before.orElse(0L)
                                              + news.stream().mapToLong(n -> n).sum()))
                              .dstream()))
              .withCheckpoint()
              .start()) {
        runner.run(13);
        List<Object> before = numbers(runner, 12);
        assertThat(before).as("each number once").hasSize(65).contains(50L, 64L);
        runner.crash().recover(0);
        assertThat(numbers(runner, 13))
            .as("batch 11 was forgotten: it got new numbers, and what it had is gone")
            .hasSize(65)
            .doesNotContain(50L, 54L)
            .contains(49L, 55L, 64L, 65L, 69L);
      }
    }

    // #endregion forgets

    private List<Object> numbers(BatchRunner runner, int index) {
      return List.copyOf(Totals.of(runner.batches().get(index)).keySet());
    }
  }

  // #region size-estimator
  @Test
  @DisplayName("Spark walks a map in memory to find out its size, unless its owner says it")
  void sizeEstimator() {
    assertThat(walked(new Holder(witnesses()))).as("all are asked").isGreaterThanOrEqualTo(KEYS);
    assertThat(walked(new SayingHolder(witnesses()))).isZero();
  }

  @Test
  @DisplayName("It does so each time it puts an element into memory")
  void sizeInMemory() {
    try (JavaSparkContext spark = new JavaSparkContext("local", "size")) {
      CALLS.set(0);
      for (int batch = 1; batch <= 2; batch++) {
        spark.parallelize(List.of(batch)).map(one -> new Holder(witnesses())).cache().count();
        assertThat(CALLS.get()).isGreaterThanOrEqualTo(batch * KEYS);
      }
    }
  }

  // #endregion size-estimator

  private static long walked(Object element) {
    CALLS.set(0);
    org.apache.spark.util.SizeEstimator.estimate(element);
    return CALLS.get();
  }

  private static HashMap<Long, Witness> witnesses() {
    HashMap<Long, Witness> map = HashMap$.MODULE$.empty();
    for (long key = 0; key < KEYS; key++) {
      map = map.updated(key, new Witness());
    }
    return map;
  }

  private record Holder(HashMap<Long, Witness> map) {}

  private record SayingHolder(HashMap<Long, Witness> map) implements KnownSizeEstimation {
    @Override
    public long estimatedSize() {
      return 1;
    }
  }

  /** Counts how often it is met. */
  private static final class Witness implements KnownSizeEstimation {
    @Override
    public long estimatedSize() {
      CALLS.incrementAndGet();
      return 1;
    }
  }

  @FunctionalInterface
  private interface Program {
    DStream<?> of(JavaPairDStream<Long, Long> ones);
  }

  private static BatchRunner running(Program program) {
    return BatchRunner.of(
            (context, output) -> output.collect(program.of(ones(new OnceDStream(context)))))
        .withCheckpoint();
  }

  private static JavaPairDStream<Long, Long> ones(CountingDStream numbers) {
    return numbers.asJava().mapToPair(number -> new Tuple2<>(number, 1L));
  }

  private static Function4<Time, Long, Optional<Long>, State<Long>, Optional<Long>> counting() {
    return (time, key, news, state) -> {
      if (state.isTimingOut()) {
        TIMED_OUT.add(time.milliseconds() + " ms");
      } else {
        CALLS.incrementAndGet();
        state.update(1L);
      }
      return Optional.empty();
    };
  }

  /** All keys in the first batch, and then none. */
  private static final class OnceDStream extends CheckpointedCountingDStream {

    private static final long serialVersionUID = 1L;

    OnceDStream(StreamingContext context) {
      super(context, KEYS, 2);
    }

    @Override
    protected RDD<Long> numbers(NumberRange range, int partitions) {
      return super.numbers(range.from() == 0 ? range : new NumberRange(0, 0), partitions);
    }
  }

  /** Says which batches it was asked for. */
  private static final class Asked extends PageViewsDStream {

    private static final long serialVersionUID = 1L;

    Asked(StreamingContext context) {
      super(context, 5, 1, 5);
    }

    @Override
    public Option<RDD<Long>> compute(Time batchTime) {
      ASKED.add(batchNumber(batchTime));
      return super.compute(batchTime);
    }
  }
}
