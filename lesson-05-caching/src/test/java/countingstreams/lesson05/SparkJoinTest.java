package countingstreams.lesson05;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import countingstreams.testkit.Output;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/**
 * Proves what lesson 5 says of data that moves: a table of 1000 records that is joined with batches
 * of 8, and what a shuffle costs and keeps.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class SparkJoinTest {

  private static final int RECORDS = 1000;
  private static final int NUMBERS = 8;
  private static final int PARTITIONS = 2;
  private static final Partitioner FOUR = new HashPartitioner(4);

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicLong COMPUTED = new AtomicLong();

  private static final AtomicLong AFTER = new AtomicLong();

  @BeforeEach
  void forget() {
    COMPUTED.set(0);
    AFTER.set(0);
  }

  @Nested
  @DisplayName("A table that is joined with each batch")
  class Table {

    // #region both
    @Test
    @DisplayName("stays where it is if it is partitioned and persisted")
    void both() {
      assertThat(
              joining(
                  (batch, table) -> batch.join(table, FOUR),
                  table -> table.partitionBy(FOUR).cache()))
          .containsExactly(
              new Work(1000, 1008, 1008, 0, List.of(2, 2, 4)),
              new Work(0, 8, 8, 1, List.of(2, 4)),
              new Work(0, 8, 8, 1, List.of(2, 4)));
    }

    // #endregion both

    // #region partitioned-only
    @Test
    @DisplayName("is read from the shuffle's files in each batch if it is only partitioned")
    void partitionedOnly() {
      assertThat(
              joining((batch, table) -> batch.join(table, FOUR), table -> table.partitionBy(FOUR)))
          .containsExactly(
              new Work(1000, 1008, 1008, 0, List.of(2, 2, 4)),
              new Work(0, 8, 1008, 1, List.of(2, 4)),
              new Work(0, 8, 1008, 1, List.of(2, 4)));
    }

    // #endregion partitioned-only

    // #region persisted-only
    @Test
    @DisplayName("moves in each batch if it is only persisted")
    void persistedOnly() {
      assertThat(joining((batch, table) -> batch.join(table, FOUR), table -> table.cache()))
          .containsExactly(
              new Work(1000, 1008, 1008, 0, List.of(2, 2, 4)),
              new Work(0, 1008, 1008, 0, List.of(2, 2, 4)),
              new Work(0, 1008, 1008, 0, List.of(2, 2, 4)));
    }

    // #endregion persisted-only

    // #region neither
    @Test
    @DisplayName("is computed and moves in each batch if it is neither")
    void neither() {
      assertThat(joining((batch, table) -> batch.join(table, FOUR), table -> table))
          .containsExactly(
              new Work(1000, 1008, 1008, 0, List.of(2, 2, 4)),
              new Work(1000, 1008, 1008, 0, List.of(2, 2, 4)),
              new Work(1000, 1008, 1008, 0, List.of(2, 2, 4)));
    }

    // #endregion neither

    // #region chosen-partitioner
    @Test
    @DisplayName("stays if the join may choose, unless the batch has ten times as many partitions")
    void chosenPartitioner() {
      assertThat(movedByAJoinThatChooses(39)).isEqualTo(NUMBERS);
      assertThat(movedByAJoinThatChooses(41)).isEqualTo(NUMBERS + RECORDS);
    }

    /** Returns how many records the second batch writes to shuffles. */
    private long movedByAJoinThatChooses(int partitions) {
      return joining(
              (batch, table) -> batch.join(table),
              table -> table.partitionBy(FOUR).cache(),
              partitions)
          .get(1)
          .written();
    }

    // #endregion chosen-partitioner
  }

  @Nested
  @DisplayName("repartition")
  class Repartition {

    // #region repartition
    @Test
    @DisplayName("spreads a batch over more tasks: each record is written and read once")
    void repartition() {
      assertThat(
              working(
                  (context, output) -> output.collect(counted(context).repartition(4).dstream())))
          .containsOnly(new Work(8, 8, 8, 0, List.of(2, 4)))
          .hasSize(3);
    }

    @Test
    @DisplayName("is not needed to run: without it nothing is written, and there are two tasks")
    void without() {
      assertThat(working((context, output) -> output.collect(counted(context).dstream())))
          .containsOnly(new Work(8, 0, 0, 0, List.of(2)))
          .hasSize(3);
    }

    @Test
    @DisplayName("gives each partition as many of the records")
    void evenly() {
      BatchRunner runner =
          BatchRunner.of(
              (context, output) -> output.collect(counted(context).repartition(4).dstream()));
      try (runner) {
        assertThat(runner.start().run(3).batches())
            .hasSize(3)
            .allSatisfy(
                batch ->
                    assertThat(batch.partitions())
                        .hasSize(4)
                        .allSatisfy(partition -> assertThat(partition).hasSize(2)));
      }
    }

    // #endregion repartition

    // #region spread
    @Test
    @Tag("course-check")
    @DisplayName("to any number: so many tasks work on a batch, and two read it, as without")
    void spread() {
      Map<String, Work> work = new LinkedHashMap<>();
      work.put("no repartition", each(counted -> counted));
      assertThat(work.values()).containsOnly(new Work(NUMBERS, 0, 0, 0, List.of(PARTITIONS)));
      for (int asked : List.of(1, 2, 4, 8)) {
        Work moved = each(counted -> counted.repartition(asked));
        assertThat(moved)
            .isEqualTo(new Work(NUMBERS, NUMBERS, NUMBERS, 0, List.of(PARTITIONS, asked)));
        work.put("repartition(%d)".formatted(asked), moved);
      }
      chart(work).assertSameAs(Path.of("../docs/data/charts/claim-partitions.json"));
    }

    /** Returns what the jobs of each batch did: the same. */
    private Work each(UnaryOperator<JavaDStream<Long>> spreading) {
      List<Work> batches =
          working((context, output) -> output.collect(spreading.apply(counted(context)).dstream()));
      assertThat(batches).hasSize(3).containsOnly(batches.get(0));
      return batches.get(0);
    }

    // #endregion spread

    private Chart chart(Map<String, Work> work) {
      return new Chart(
          "Tasks of a batch, and records that a shuffle moves, by what is asked of repartition",
          "A source of %d partitions, %d records a batch".formatted(PARTITIONS, NUMBERS),
          "None: they are counted, and the same in each batch and each run",
          Axis.of("partitions asked for", "", Scale.CATEGORY),
          Axis.of("tasks, or records, in a batch", "", Scale.LINEAR),
          List.of(
              series("tasks that read the source", work, w -> w.tasks().get(0)),
              series(
                  "tasks that work on what was read",
                  work,
                  w -> w.tasks().get(w.tasks().size() - 1)),
              series("records written to a shuffle, and read from it", work, Work::written)),
          "mvn -Plesson-05 -Pcourse-check test -Dtest=SparkJoinTest",
          null);
    }

    private Series series(String name, Map<String, Work> work, ToLongFunction<Work> value) {
      return new Series(
          name,
          work.entrySet().stream()
              .map(e -> Point.exact(e.getKey(), value.applyAsLong(e.getValue())))
              .toList());
    }
  }

  @Nested
  @DisplayName("Two outputs of what comes after a shuffle")
  class ShuffleFiles {

    // #region shuffle-files
    @Test
    @DisplayName("compute what is before it once, and what is after it twice")
    void shuffleFiles() {
      assertThat(
              working(
                  (context, output) -> {
                    JavaDStream<Long> after =
                        pairs(counted(context))
                            .reduceByKey((one, other) -> one)
                            .map(pair -> after(pair._1()));
                    output.collect(after.dstream());
                    output.collect(after.dstream());
                  }))
          .as("The second job skips a stage, and reads the files that the first has written")
          .containsOnly(new Work(8, 8, 16, 1, List.of(2, 2, 2)))
          .hasSize(3);
      assertThat(AFTER).as("in 3 batches").hasValue(3 * 2 * NUMBERS);
    }

    @Test
    @DisplayName("compute all twice if there is no shuffle")
    void noShuffle() {
      assertThat(
              working(
                  (context, output) -> {
                    JavaDStream<Long> after = counted(context).map(SparkJoinTest::after);
                    output.collect(after.dstream());
                    output.collect(after.dstream());
                  }))
          .containsOnly(new Work(16, 0, 0, 0, List.of(2, 2)))
          .hasSize(3);
      assertThat(AFTER).as("in 3 batches").hasValue(3 * 2 * NUMBERS);
    }
    // #endregion shuffle-files
  }

  @FunctionalInterface
  private interface Placing {
    JavaPairRDD<Long, Long> of(JavaPairRDD<Long, Long> table);
  }

  @FunctionalInterface
  private interface Join {
    JavaPairRDD<Long, Tuple2<Long, Long>> of(
        JavaPairRDD<Long, Long> batch, JavaPairRDD<Long, Long> table);
  }

  @FunctionalInterface
  private interface Program {
    void define(StreamingContext context, Output output);
  }

  /**
   * What the jobs of a batch did.
   *
   * @param computed records of the table, or numbers before a shuffle
   * @param written records, to shuffles
   * @param read records, from shuffles
   * @param skipped stages
   * @param tasks of each stage that ran, in the order of their ids: what a stage needs comes first
   */
  private record Work(long computed, long written, long read, int skipped, List<Integer> tasks) {}

  private static List<Work> joining(Join join, Placing placing) {
    return joining(join, placing, PARTITIONS);
  }

  private static List<Work> joining(Join join, Placing placing, int partitions) {
    return working(
        (context, output) -> {
          JavaPairRDD<Long, Long> table =
              placing.of(
                  JavaSparkContext.fromSparkContext(context.sparkContext())
                      .parallelize(LongStream.range(0, RECORDS).boxed().toList(), PARTITIONS)
                      .mapToPair(number -> new Tuple2<>(computed(number), number)));
          JavaDStream<Long> numbers = new CountingDStream(context, NUMBERS, partitions).asJava();
          output.collect(pairs(numbers).transformToPair(batch -> join.of(batch, table)).dstream());
        });
  }

  /** Runs 3 batches. */
  private static List<Work> working(Program program) {
    Jobs jobs = new Jobs();
    BatchRunner runner =
        BatchRunner.of(
            (context, output) -> {
              context.sparkContext().addSparkListener(jobs);
              program.define(context, output);
            });
    List<Work> work = new ArrayList<>();
    try (runner) {
      runner.start();
      for (int batch = 1; batch <= 3; batch++) {
        runner.run(1).awaitListeners();
        work.add(jobs.done());
      }
    }
    return work;
  }

  private static JavaDStream<Long> counted(StreamingContext context) {
    return new CountingDStream(context, NUMBERS, PARTITIONS).asJava().map(SparkJoinTest::computed);
  }

  private static JavaPairDStream<Long, Long> pairs(JavaDStream<Long> numbers) {
    return numbers.mapToPair(number -> new Tuple2<>(number, number));
  }

  /** Runs on executors. */
  private static long computed(long number) {
    COMPUTED.incrementAndGet();
    return number;
  }

  /** Runs on executors. */
  private static long after(long number) {
    AFTER.incrementAndGet();
    return number;
  }

  /** Adds up what jobs do. Spark's listener bus calls it on one thread. */
  private static final class Jobs extends SparkListener {

    private long written;
    private long read;
    private int stages;
    private Map<Integer, Integer> tasks = new TreeMap<>();

    @Override
    public synchronized void onJobStart(SparkListenerJobStart job) {
      stages += job.stageInfos().size();
    }

    @Override
    public synchronized void onStageCompleted(SparkListenerStageCompleted stage) {
      tasks.put(stage.stageInfo().stageId(), stage.stageInfo().numTasks());
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
      TaskMetrics metrics = task.taskMetrics();
      written += metrics.shuffleWriteMetrics().recordsWritten();
      read += metrics.shuffleReadMetrics().recordsRead();
    }

    /** Returns what has been done since the last call. */
    synchronized Work done() {
      Work work =
          new Work(
              COMPUTED.getAndSet(0),
              written,
              read,
              stages - tasks.size(),
              List.copyOf(tasks.values()));
      written = 0;
      read = 0;
      stages = 0;
      tasks = new TreeMap<>();
      return work;
    }
  }
}
