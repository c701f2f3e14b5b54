package countingstreams.structured;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.window;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.structured03.PageViewsQuery;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** What has become of the rest of the lessons' API: what none of the five queries needs. */
class MigrationTest {

  private static final Encoder<Tuple2<Long, Timestamp>> VIEW =
      Encoders.tuple(Encoders.LONG(), Encoders.TIMESTAMP());

  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = QueryRunner.session();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  // #region grows
  @Test
  @DisplayName("While a batch runs, others do not queue: the next one takes all that has come")
  void batchesGrow() throws Exception {
    QueryRunner.Input<Long> numbers = QueryRunner.input(spark, Encoders.LONG());
    CountDownLatch slow = new CountDownLatch(1);
    List<List<Long>> batches = new CopyOnWriteArrayList<>();
    numbers.add(List.of(1L));
    Thread producer =
        new Thread(
            () -> {
              numbers.add(List.of(2L, 3L)); // while the first batch has its output
              numbers.add(List.of(4L));
              slow.countDown();
            });
    try (QueryRunner<Long> runner =
        QueryRunner.start(
            OutputMode.Append(),
            numbers::stream,
            (batch, id) -> {
              if (id == 0) {
                producer.start();
                slow.await();
              }
              batches.add(batch.collectAsList());
            })) {
      runner.run(2);
    }
    assertThat(batches).containsExactly(List.of(1L), List.of(2L, 3L, 4L));
  }

  // #endregion grows

  // #region failure
  @Test
  @DisplayName("A batch that fails ends the query: none comes after it, and it is the next to run")
  void aFailureEndsTheQuery() throws Exception {
    QueryRunner.Input<Long> numbers = QueryRunner.input(spark, Encoders.LONG());
    AtomicBoolean broken = new AtomicBoolean(true);
    List<List<Long>> batches = new ArrayList<>();
    try (QueryRunner<Long> runner =
        QueryRunner.start(
            OutputMode.Append(),
            numbers::stream,
            (batch, id) -> {
              if (broken.get()) {
                throw new IllegalStateException("The printer is out of paper.");
              }
              batches.add(batch.collectAsList());
            })) {
      numbers.add(List.of(1L));
      assertThatThrownBy(() -> runner.run(1))
          .isInstanceOf(StreamingQueryException.class)
          .hasRootCauseMessage("The printer is out of paper.");
      numbers.add(List.of(2L));
      broken.set(false);
      runner.restart().run(1);
    }
    assertThat(batches).containsExactly(List.of(1L), List.of(2L));
  }

  // #endregion failure

  // #region window
  @Test
  @DisplayName("A window is of the data's own time; the watermark says when it has all its views")
  void windows() throws Exception {
    QueryRunner.Input<Tuple2<Long, Timestamp>> views = QueryRunner.input(spark, VIEW);
    try (QueryRunner<Row> runner =
        QueryRunner.start(
            OutputMode.Append(),
            () ->
                views.stream()
                    .toDF("page", "viewed")
                    .withWatermark("viewed", "1 second")
                    .groupBy(window(col("viewed"), "3 seconds", "1 second"), col("page"))
                    .count()
                    .where("page = 1")
                    .selectExpr("unix_seconds(window.end) as until", "count"))) {
      for (long second = 1; second <= 6; second++) {
        views.add(List.of(new Tuple2<>(1L, new Timestamp(second * 1000))));
        runner.run(1);
      }
      // Each batch first moves the watermark, and then puts out the windows that ended before it.
      assertThat(runner.lines(row -> "%d: %d".formatted(row.getLong(0), row.getLong(1))))
          .containsExactly("batch 4 | 2: 1", "batch 5 | 3: 2", "batch 6 | 4: 3");
    }
  }

  // #endregion window

  // #region join
  @Test
  @DisplayName("A table is joined by its name: also after a restart, and without a shuffle if sent")
  void joinsATable() throws Exception {
    QueryRunner.Input<Long> views = QueryRunner.input(spark, Encoders.LONG());
    Dataset<Row> titles =
        spark
            .createDataset(
                List.of(new Tuple2<>(1L, "Home"), new Tuple2<>(2L, "Help")),
                Encoders.tuple(Encoders.LONG(), Encoders.STRING()))
            .toDF("value", "title");
    try (QueryRunner<Row> runner =
        QueryRunner.start(
            OutputMode.Append(),
            () -> views.stream().toDF().join(broadcast(titles), "value").select("title"))) {
      views.add(List.of(1L, 2L, 3L));
      runner.run(1).restart();
      views.add(List.of(2L));
      runner.run(1);
      assertThat(runner.lines(row -> row.getString(0)))
          .containsExactly("batch 1 | Help", "batch 1 | Home", "batch 2 | Help");
    }
  }

  // #endregion join

  // #region idle
  @Test
  @DisplayName("A state with a time to live is gone after it, without a batch that looks at all")
  void forgetsIdlePages() throws Exception {
    QueryRunner.Input<Long> views = QueryRunner.input(spark, Encoders.LONG());
    try (QueryRunner<Tuple2<Long, Long>> runner =
        QueryRunner.start(
            OutputMode.Update(),
            () -> PageViewsQuery.totals(views.stream(), Duration.ofSeconds(2)))) {
      List<List<Long>> seconds =
          List.of(List.of(1L, 2L), List.of(1L), List.of(1L, 2L), List.of(1L), List.of(1L, 2L));
      for (List<Long> second : seconds) {
        views.add(second);
        runner.run(1);
      }
      assertThat(runner.lines(page -> "page %d: %d".formatted(page._1(), page._2())))
          .containsExactly(
              "batch 1 | page 1: 1",
              "batch 1 | page 2: 1",
              "batch 2 | page 1: 2",
              "batch 3 | page 1: 3",
              "batch 3 | page 2: 1", // two seconds later: what there was is gone
              "batch 4 | page 1: 4",
              "batch 5 | page 1: 5",
              "batch 5 | page 2: 1");
    }
  }

  // #endregion idle

  // #region listener
  @Test
  @DisplayName("A listener is told of each batch: how many rows, and how long each part of it took")
  void listens() throws Exception {
    List<Long> rows = new CopyOnWriteArrayList<>();
    CountDownLatch told = new CountDownLatch(2);
    StreamingQueryListener listener =
        new StreamingQueryListener() {
          @Override
          public void onQueryStarted(QueryStartedEvent event) {}

          @Override
          public void onQueryProgress(QueryProgressEvent event) {
            assertThat(event.progress().durationMs()).containsKeys("addBatch", "walCommit");
            rows.add(event.progress().numInputRows());
            told.countDown();
          }

          @Override
          public void onQueryTerminated(QueryTerminatedEvent event) {}
        };
    spark.streams().addListener(listener);
    QueryRunner.Input<Long> numbers = QueryRunner.input(spark, Encoders.LONG());
    try (QueryRunner<Long> runner = QueryRunner.start(OutputMode.Append(), numbers::stream)) {
      numbers.add(List.of(1L, 2L, 3L));
      runner.run(1);
      numbers.add(List.of(4L));
      runner.run(1);
      told.await();
    } finally {
      spark.streams().removeListener(listener);
    }
    assertThat(rows).containsExactly(3L, 1L);
  }

  // #endregion listener

  // #region two-queries
  @Test
  @DisplayName("Two queries on one source: each reads all of it, in batches of its own")
  void twoQueries() throws Exception {
    List<List<Long>> first = new ArrayList<>();
    List<List<Long>> second = new ArrayList<>();
    try (QueryRunner<Long> one = counting((batch, id) -> first.add(batch.collectAsList()));
        QueryRunner<Long> other = counting((batch, id) -> second.add(batch.collectAsList()))) {
      one.run(1);
      assertThat(other.query().id()).isNotEqualTo(one.query().id());
    }
    assertThat(first).containsExactly(List.of(0L, 1L), List.of(2L, 3L));
    assertThat(second).containsExactly(List.of(0L, 1L));
  }

  private static QueryRunner<Long> counting(QueryRunner.Output<Long> output) throws Exception {
    return QueryRunner.start(
        OutputMode.Append(),
        () ->
            spark
                .readStream()
                .format("rate-micro-batch")
                .option("rowsPerBatch", 2)
                .option("numPartitions", 1)
                .load()
                .select("value")
                .as(Encoders.LONG()),
        output);
  }

  // #endregion two-queries
}
