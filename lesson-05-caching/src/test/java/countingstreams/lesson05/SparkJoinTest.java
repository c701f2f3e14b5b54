package countingstreams.lesson05;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/**
 * Proves what lesson 5 says of what moves in a batch: which records are written to shuffle files,
 * and which are read from them.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class SparkJoinTest {

  private static final int NUMBERS = 8;
  private static final int TABLE = 1000;
  private static final Partitioner PARTITIONER = new HashPartitioner(2);

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicLong BEFORE = new AtomicLong();

  private static final AtomicLong AFTER = new AtomicLong();

  @BeforeEach
  void forget() {
    BEFORE.set(0);
    AFTER.set(0);
  }

  // #region both
  @Test
  @DisplayName("A table that is partitioned and persisted: after batch 1 only the batch moves")
  void both() {
    assertThat(movedInJoin(table -> table.partitionBy(PARTITIONER).cache()))
        .containsExactly("1008 written, 1008 read", "8 written, 8 read", "8 written, 8 read");
  }

  // #endregion both

  // #region partitioned-only
  @Test
  @DisplayName("One that is only partitioned is written once, and fetched in each batch")
  void partitionedOnly() {
    assertThat(movedInJoin(table -> table.partitionBy(PARTITIONER)))
        .containsExactly("1008 written, 1008 read", "8 written, 1008 read", "8 written, 1008 read");
  }

  // #endregion partitioned-only

  // #region persisted-only
  @Test
  @DisplayName("One that is only persisted moves in each batch")
  void persistedOnly() {
    assertThat(movedInJoin(JavaPairRDD::cache))
        .containsExactly(
            "1008 written, 1008 read", "1008 written, 1008 read", "1008 written, 1008 read");
  }

  // #endregion persisted-only

  // #region repartition
  @Test
  @DisplayName("repartition(4): the source is read once, by two tasks, and each record moves once")
  void repartition() {
    List<Moved> moved =
        moved(
            2,
            numbers -> numbers.map(SparkJoinTest::before).repartition(4).map(SparkJoinTest::after));
    assertThat(moved).extracting(Moved::toString).containsOnly("8 written, 8 read");
    assertThat(moved).extracting(Moved::writers).containsOnly(2L);
    assertThat(moved).extracting(Moved::tasks).containsOnly(2L + 4L);
    assertThat(BEFORE).hasValue(2 * NUMBERS);
    assertThat(AFTER).hasValue(2 * NUMBERS);
  }

  // #endregion repartition

  // #region shuffle-files
  @Test
  @DisplayName("Two actions after a shuffle: what is before it is computed once, after it twice")
  void shuffleFiles() {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    new CountingDStream(context, NUMBERS, 2)
                        .asJava()
                        .map(SparkJoinTest::before)
                        .repartition(2)
                        .map(SparkJoinTest::after)
                        .foreachRDD(SparkJoinTest::countTwice))
            .start()) {
      runner.run(1);
      assertThat(BEFORE).hasValue(NUMBERS);
      assertThat(AFTER).hasValue(2 * NUMBERS);
    }
  }

  // #endregion shuffle-files

  private static long before(long number) {
    BEFORE.incrementAndGet();
    return number;
  }

  private static long after(long number) {
    AFTER.incrementAndGet();
    return number;
  }

  private static void countTwice(JavaRDD<Long> batch) {
    batch.count();
    batch.count();
  }

  /** Returns what moves in each of three batches that are joined with a table. */
  private static List<String> movedInJoin(UnaryOperator<JavaPairRDD<Long, String>> kept) {
    return moved(
            3,
            numbers -> {
              JavaPairRDD<Long, String> table = kept.apply(table(numbers));
              JavaPairDStream<Long, Long> keyed =
                  numbers.mapToPair(number -> new Tuple2<>(number % TABLE, number));
              return keyed
                  .transformToPair(batch -> batch.join(table, PARTITIONER))
                  .map(joined -> joined._2()._1());
            })
        .stream()
        .map(Moved::toString)
        .toList();
  }

  private static JavaPairRDD<Long, String> table(JavaDStream<Long> numbers) {
    return JavaSparkContext.fromSparkContext(numbers.context().sparkContext())
        .parallelize(LongStream.range(0, TABLE).boxed().toList(), 2)
        .mapToPair(page -> new Tuple2<>(page, "page " + page));
  }

  /** What is to be read of a stream in each batch. */
  @FunctionalInterface
  private interface Program {
    JavaDStream<Long> of(JavaDStream<Long> numbers);
  }

  /** Returns what moves in each of so many batches. */
  private static List<Moved> moved(int batches, Program program) {
    List<Moved> moved = new ArrayList<>();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        program.of(new CountingDStream(context, NUMBERS, 2).asJava()).dstream()))
            .start()) {
      for (int batch = 1; batch <= batches; batch++) {
        Moved listener = new Moved();
        runner.context().sparkContext().addSparkListener(listener);
        runner.run(1).awaitListeners();
        runner.context().sparkContext().removeSparkListener(listener);
        moved.add(listener);
      }
    }
    return moved;
  }

  /** Adds up what tasks have written to shuffle files and read from them. */
  private static final class Moved extends SparkListener {

    private final AtomicLong written = new AtomicLong();
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong tasks = new AtomicLong();
    private final AtomicLong writers = new AtomicLong();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      TaskMetrics metrics = end.taskMetrics();
      written.addAndGet(metrics.shuffleWriteMetrics().recordsWritten());
      read.addAndGet(metrics.shuffleReadMetrics().recordsRead());
      tasks.incrementAndGet();
      if (metrics.shuffleWriteMetrics().recordsWritten() > 0) {
        writers.incrementAndGet();
      }
    }

    long tasks() {
      return tasks.get();
    }

    long writers() {
      return writers.get();
    }

    @Override
    public String toString() {
      return "%d written, %d read".formatted(written.get(), read.get());
    }
  }
}
