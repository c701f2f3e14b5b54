package countingstreams.benchmarks;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.spark.SparkThrowable;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStreamBase;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;

/** Proves what the site says of Spark 4.1's triggers. */
@Timeout(60)
class TriggersTest {

  private static final int PATIENCE_SECONDS = 30;
  private static final int LOOK_MS = 10;
  private static final String LEAST = "spark.sql.streaming.realTimeMode.minBatchDuration";
  private static final String ALLOWLIST = "spark.sql.streaming.realTimeMode.allowlistCheck";
  private static final String NOT_ALLOWED =
      "STREAMING_REAL_TIME_MODE.OPERATOR_OR_SINK_NOT_IN_ALLOWLIST";

  /** So long that no test sees its end. */
  private static final Trigger REAL_TIME = Trigger.RealTime("1 minute");

  private static final Trigger MICRO_BATCHES = Trigger.ProcessingTime(0);
  private static final Trigger CONTINUOUS = Trigger.Continuous("100 milliseconds");

  /** Tasks are threads of this JVM, and get copies of the writer: they note here. */
  private static final BlockingQueue<Seen> SEEN = new LinkedBlockingQueue<>();

  private static SparkSession spark;

  @TempDir private Path checkpoint;

  @BeforeAll
  static void startSpark() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("TriggersTest")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", 1)
            .getOrCreate();
  }

  @AfterAll
  static void stopSpark() throws IOException {
    spark.close();
  }

  @BeforeEach
  void forget() {
    SEEN.clear();
  }

  @AfterEach
  void stopQueries() throws Exception {
    for (StreamingQuery query : spark.streams().active()) {
      query.stop();
    }
    spark.conf().unset(LEAST);
    spark.conf().unset(ALLOWLIST);
  }

  @Nested
  @DisplayName("An aggregation")
  class Aggregation {

    // #region real-time-aggregation
    @Test
    @DisplayName(
        "Real time refuses it, once the query has started: it is not in the list of operators")
    void realTimeAggregation() throws Exception {
      Dataset<Row> counts = source(REAL_TIME, 1).toDS().groupBy("value").count();
      StreamingQuery query = write(counts, REAL_TIME).foreach(nothing()).start();
      assertThatThrownBy(query::awaitTermination)
          .cause()
          .hasMessageContaining("STREAMING_REAL_TIME_MODE.OPERATOR_OR_SINK_NOT_IN_ALLOWLIST")
          .hasMessageContaining("HashAggregateExec");
    }

    // #endregion real-time-aggregation

    @Test
    @DisplayName("Real time refuses any shuffle, also without state")
    void realTimeShuffle() throws Exception {
      Dataset<Long> moved = source(REAL_TIME, 1).toDS().repartition(2);
      StreamingQuery query = write(moved, REAL_TIME).foreach(nothing()).start();
      assertThat(failure(query)).isEqualTo(NOT_ALLOWED);
      assertThat(query.exception().get()).hasMessageContaining("ShuffleExchangeExec");
    }

    @Test
    @DisplayName("The continuous trigger refuses it when the query is to start")
    void continuousAggregation() {
      Dataset<Row> counts = source(CONTINUOUS, 1).toDS().groupBy("value").count();
      assertThatThrownBy(() -> write(counts, CONTINUOUS).foreach(nothing()).start())
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining("Continuous processing does not support Aggregate operations");
    }
  }

  @Nested
  @DisplayName("foreachBatch")
  class ForeachBatch {

    private final VoidFunction2<Dataset<Long>, Long> batches = (batch, id) -> {};

    @Test
    @DisplayName("Real time refuses it: not in the list of sinks, nor without the list")
    void realTimeForeachBatch() throws Exception {
      DataStreamWriter<Long> writer =
          write(source(REAL_TIME, 1).toDS(), REAL_TIME).foreachBatch(batches);
      assertThat(refusal(writer)).isEqualTo(NOT_ALLOWED);
      spark.conf().set(ALLOWLIST, false);
      assertThat(failure(writer.start())).isEqualTo("STREAMING_REAL_TIME_MODE.SINK_NOT_SUPPORTED");
    }

    @Test
    @DisplayName("The continuous trigger refuses it when the query is to start")
    void continuousForeachBatch() {
      DataStreamWriter<Long> writer =
          write(source(CONTINUOUS, 1).toDS(), CONTINUOUS).foreachBatch(batches);
      assertThatThrownBy(writer::start)
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining("foreachBatch")
          .hasMessageContaining("continuous trigger");
    }
  }

  @Nested
  @DisplayName("Sources")
  class Sources {

    @ParameterizedTest
    @DisplayName("Real time refuses Spark's sources of rows, once the query has started")
    @ValueSource(strings = {"rate", "rate-micro-batch"})
    void realTimeSources(String format) throws Exception {
      Dataset<Row> rows = rows(format);
      StreamingQuery query = write(rows, REAL_TIME).foreach(nothing()).start();
      assertThat(failure(query)).isEqualTo("STREAMING_REAL_TIME_MODE.INPUT_STREAM_NOT_SUPPORTED");
    }

    @Test
    @DisplayName("The continuous trigger refuses rate-micro-batch, and takes rate")
    void continuousSources() throws Exception {
      DataStreamWriter<Row> refused =
          write(rows("rate-micro-batch"), CONTINUOUS).foreach(nothing());
      assertThatThrownBy(refused::start)
          .hasMessageContaining("rate-micro-batch does not support continuous processing");
      Dataset<Long> values = rows("rate").select("value").as(Encoders.LONG());
      write(values, CONTINUOUS).foreach(new Noting(checkpoint, false)).start();
      assertThat(seen().event()).isNotNegative(); // its partitions come in any order
    }

    @Test
    @DisplayName("LowLatencyMemoryStream can't be read by the continuous trigger")
    void continuousLowLatencyMemory() {
      DataStreamWriter<Long> writer =
          write(source(REAL_TIME, 1).toDS(), CONTINUOUS).foreach(nothing());
      assertThatThrownBy(writer::start).isInstanceOf(ClassCastException.class);
    }

    private static Dataset<Row> rows(String format) {
      return spark.readStream().format(format).option("rowsPerBatch", 1).load();
    }
  }

  @Nested
  @DisplayName("Output modes")
  class OutputModes {

    @ParameterizedTest
    @DisplayName("Real time refuses all but update, also without state")
    @ValueSource(strings = {"append", "complete"})
    void realTimeOutputModes(String mode) {
      assertThat(refusal(write(mapped(REAL_TIME), REAL_TIME).outputMode(mode).foreach(nothing())))
          .isEqualTo("STREAMING_REAL_TIME_MODE.OUTPUT_MODE_NOT_SUPPORTED");
    }

    @Test
    @DisplayName("Who asks for none asks for append, which real time refuses")
    void realTimeDefaultOutputMode() {
      DataStreamWriter<Long> writer =
          mapped(REAL_TIME).writeStream().trigger(REAL_TIME).foreach(nothing());
      assertThat(refusal(writer)).isEqualTo("STREAMING_REAL_TIME_MODE.OUTPUT_MODE_NOT_SUPPORTED");
    }

    @ParameterizedTest
    @DisplayName("The continuous trigger takes append and update")
    @ValueSource(strings = {"append", "update"})
    void continuousOutputModes(String mode) throws Exception {
      write(mapped(CONTINUOUS), CONTINUOUS)
          .outputMode(mode)
          .foreach(new Noting(checkpoint, false))
          .start();
      assertThat(seen().event()).isEqualTo(1);
    }
  }

  @Nested
  @DisplayName("The duration of a real-time batch")
  class BatchDuration {

    @Test
    @DisplayName("It has a minimum of 5 seconds, by a setting")
    void realTimeMinimum() {
      assertThat(spark.conf().get(LEAST)).isEqualTo("5000ms");
      Trigger shorter = Trigger.RealTime("4999 milliseconds");
      DataStreamWriter<Long> writer = write(mapped(REAL_TIME), shorter).foreach(nothing());
      assertThat(refusal(writer)).isEqualTo("INVALID_STREAMING_REAL_TIME_MODE_TRIGGER_INTERVAL");
      assertThatThrownBy(writer::start).hasMessageContaining("4999").hasMessageContaining("5000");
    }

    @Test
    @DisplayName("A session can set a smaller minimum, but no batch takes no time")
    void realTimeSmallerMinimum() throws Exception {
      spark.conf().set(LEAST, "1ms");
      write(mapped(REAL_TIME), Trigger.RealTime(100))
          .foreach(new Noting(checkpoint, false))
          .start();
      assertThat(seen().event()).isEqualTo(1);
      assertThatThrownBy(() -> Trigger.RealTime(0)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Nested
  @DisplayName("An event that arrives while a batch runs")
  class Arrival {

    // #region real-time-batch
    @Test
    @DisplayName("is put out by a real-time batch that runs already")
    void realTimeArrival() throws Exception {
      MemoryStreamBase<Long> source = source(REAL_TIME, 1);
      write(source.toDS(), REAL_TIME).foreach(new Noting(checkpoint, false)).start();
      assertThat(seen().batch()).isZero();
      add(source, 2);
      assertThat(seen().batch()).isZero();
    }

    // #endregion real-time-batch

    @Test
    @DisplayName("waits for the next micro-batch")
    void microBatchArrival() throws Exception {
      MemoryStreamBase<Long> source = source(MICRO_BATCHES, 1);
      write(source.toDS(), MICRO_BATCHES).foreach(new Noting(checkpoint, false)).start();
      assertThat(seen().batch()).isZero();
      add(source, 2);
      assertThat(seen().batch()).isEqualTo(1);
    }
  }

  @Nested
  @DisplayName("The offsets of a batch")
  class Offsets {

    @Test
    @DisplayName("are in the log before a micro-batch")
    void microBatchOffsets() throws Exception {
      write(mapped(MICRO_BATCHES), MICRO_BATCHES).foreach(new Noting(checkpoint, false)).start();
      assertThat(seen().logged()).isTrue();
    }

    @Test
    @DisplayName("are in the log only after a real-time batch")
    void realTimeOffsets() throws Exception {
      spark.conf().set(LEAST, "1ms");
      loggedAfter(Trigger.RealTime(100));
    }

    @Test
    @DisplayName("are in the log only after an epoch of the continuous trigger")
    void continuousOffsets() throws Exception {
      loggedAfter(CONTINUOUS);
    }

    private void loggedAfter(Trigger trigger) throws Exception {
      StreamingQuery query =
          write(mapped(trigger), trigger).foreach(new Noting(checkpoint, false)).start();
      Seen seen = seen();
      assertThat(seen.logged()).isFalse();
      Path offsets = checkpoint.resolve("offsets").resolve(String.valueOf(seen.batch()));
      while (!Files.exists(offsets)) {
        query.awaitTermination(LOOK_MS); // a query that fails says so
      }
    }
  }

  @Nested
  @DisplayName("A batch that failed comes again")
  class Again {

    @Test
    @DisplayName("with the same events, if it is a micro-batch")
    void microBatchAgain() throws Exception {
      MemoryStreamBase<Long> source = failed(MICRO_BATCHES);
      add(source, 2);
      write(source.toDS(), MICRO_BATCHES).foreach(new Noting(checkpoint, false)).start();
      assertThat(seen()).isEqualTo(new Seen(0, 1, true));
      assertThat(seen()).isEqualTo(new Seen(1, 2, true));
    }

    // #region real-time-again
    @Test
    @DisplayName(
        "with what has arrived since, if it is a real-time batch: its id says nothing of its events")
    void realTimeAgain() throws Exception {
      MemoryStreamBase<Long> source = failed(REAL_TIME);
      add(source, 2);
      write(source.toDS(), REAL_TIME).foreach(new Noting(checkpoint, false)).start();
      assertThat(seen()).isEqualTo(new Seen(0, 1, false));
      assertThat(seen()).isEqualTo(new Seen(0, 2, false));
    }

    // #endregion real-time-again

    /** Returns the source of a query that has failed in its first batch, with its event put out. */
    private MemoryStreamBase<Long> failed(Trigger trigger) throws Exception {
      MemoryStreamBase<Long> source = source(trigger, 1);
      StreamingQuery query =
          write(source.toDS(), trigger).foreach(new Noting(checkpoint, true)).start();
      assertThatThrownBy(query::awaitTermination).hasMessageContaining("put out, then failed");
      assertThat(seen().event()).isEqualTo(1);
      return source;
    }
  }

  /** Returns a source that a trigger can read, with an event. */
  private static MemoryStreamBase<Long> source(Trigger trigger, long event) {
    TriggerSetting setting =
        trigger == CONTINUOUS ? TriggerSetting.CONTINUOUS : TriggerSetting.REAL_TIME;
    MemoryStreamBase<Long> source = setting.source(spark);
    add(source, event);
    return source;
  }

  private static void add(MemoryStreamBase<Long> source, long event) {
    source.addData(CollectionConverters.asScala(List.of(event)));
  }

  private static Dataset<Long> mapped(Trigger trigger) {
    MapFunction<Long, Long> map = event -> event;
    return source(trigger, 1).toDS().map(map, Encoders.LONG());
  }

  private <T> DataStreamWriter<T> write(Dataset<T> rows, Trigger trigger) {
    return rows.writeStream()
        .trigger(trigger)
        .outputMode("update")
        .option("checkpointLocation", checkpoint.toUri().toString());
  }

  /** Returns Spark's name of the error with which a query does not start. */
  private static String refusal(DataStreamWriter<?> writer) {
    return ((SparkThrowable) catchThrowable(writer::start)).getCondition();
  }

  /** Returns Spark's name of the error that a query has ended with. */
  private static String failure(StreamingQuery query) {
    Throwable failure = catchThrowable(query::awaitTermination);
    assertThat(failure).isInstanceOf(StreamingQueryException.class);
    return ((SparkThrowable) failure.getCause()).getCondition();
  }

  private static Seen seen() throws InterruptedException {
    Seen seen = SEEN.poll(PATIENCE_SECONDS, SECONDS);
    assertThat(seen).as("an event").isNotNull();
    return seen;
  }

  private static <T> ForeachWriter<T> nothing() {
    return new ForeachWriter<>() {

      private static final long serialVersionUID = 1;

      @Override
      public boolean open(long partition, long batch) {
        return true;
      }

      @Override
      public void process(T row) {}

      @Override
      public void close(Throwable error) {}
    };
  }

  /**
   * An event that a query has put out.
   *
   * @param logged whether the log has had the offsets of its batch
   */
  private record Seen(long batch, long event, boolean logged) {}

  private static final class Noting extends ForeachWriter<Long> {

    private static final long serialVersionUID = 1;

    private final String offsets;
    private final boolean failing;
    private long batch;

    Noting(Path checkpoint, boolean failing) {
      this.offsets = checkpoint.resolve("offsets").toString();
      this.failing = failing;
    }

    @Override
    public boolean open(long partition, long batch) {
      this.batch = batch;
      return true;
    }

    @Override
    public void process(Long event) {
      SEEN.add(new Seen(batch, event, Files.exists(Path.of(offsets, String.valueOf(batch)))));
      if (failing) {
        throw new IllegalStateException("put out, then failed");
      }
    }

    @Override
    public void close(Throwable error) {}
  }
}
