package countingstreams.structured;

import countingstreams.testkit.QuickFileSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.encoders.package$;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStream;
import org.apache.spark.sql.execution.streaming.sources.ForeachBatchSink;
import org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.ManualClock;
import scala.Option;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Runs a query batch by batch, on a manual clock; the one place here that touches Spark's
 * internals.
 *
 * <p>Batch {@code n} runs at {@code n} seconds; at 0 if there is input when the query starts. Its
 * number is that of the second, not Spark's id: a second in which there is nothing to do has no
 * batch, and Spark then gives the id to a later one.
 *
 * @param <T> what comes out of the query
 */
public final class QueryRunner<T> implements AutoCloseable {

  /** From a batch to the next. */
  public static final long INTERVAL_MS = 1000;

  private static final long PATIENCE_SECONDS = 60;

  /** How often to look for an error. */
  private static final long GLANCE_MS = 5;

  /**
   * What came out of a batch.
   *
   * @param number the second in which it ran, 1 for the first
   * @param id Spark's id of it, 0 for the first
   */
  public record Batch<T>(long number, long id, List<T> rows) {}

  /** What happens with a batch. Spark calls it on the query's thread. */
  @FunctionalInterface
  public interface Output<T> {
    void accept(Dataset<T> batch, long id) throws Exception;
  }

  /** What is put into a query: it stays, when the query is restarted. */
  public static final class Input<T> {

    private final MemoryStream<T> stream;

    private Input(SparkSession spark, Encoder<T> encoder) {
      stream =
          new MemoryStream<>(
              0, (org.apache.spark.sql.classic.SparkSession) spark, Option.empty(), encoder);
    }

    /** Returns what a query is made of. */
    public Dataset<T> stream() {
      return stream.toDS();
    }

    /** Adds to what the next batch gets: all that has come since the one before. */
    public void add(List<T> values) {
      stream.addData(CollectionConverters.asScala(values));
    }
  }

  private final Supplier<Dataset<T>> query;
  private final OutputMode mode;
  private final Path checkpoint;
  private final TriggerClock clock = new TriggerClock();
  private final List<Batch<T>> batches = new ArrayList<>();
  private Output<T> output = this::collect;
  private Output<T> afterwards = (batch, id) -> {};
  private StreamingQuery running;

  private QueryRunner(Supplier<Dataset<T>> query, OutputMode mode) {
    this.query = query;
    this.mode = mode;
    try {
      checkpoint = Files.createTempDirectory("query-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a session for tests: on two cores, a state in one partition of RocksDB, no web UI. */
  public static SparkSession session() {
    return Lives.session()
        .config("spark.sql.shuffle.partitions", 1)
        .config("spark.sql.adaptive.enabled", false) // it plans anew after each shuffle
        .config(
            "spark.sql.streaming.stateStore.providerClass",
            RocksDBStateStoreProvider.class.getName())
        .config(new HashMap<>(QuickFileSystem.settings()))
        .config("spark.sql.streaming.checkpoint.fileChecksum.enabled", false)
        .config("spark.sql.streaming.pollingDelay", "1") // after a second that has no batch
        .getOrCreate();
  }

  /** Waits until listeners have heard all that Spark has said so far. */
  public static void drainListenerBus(SparkSession spark) throws TimeoutException {
    spark.sparkContext().listenerBus().waitUntilEmpty();
  }

  /** Returns an input without values. */
  public static <T> Input<T> input(SparkSession spark, Encoder<T> encoder) {
    return new Input<>(spark, encoder);
  }

  /**
   * Starts a query, at second 0, and collects what comes out.
   *
   * @param query what is to run; called in each life
   */
  public static <T> QueryRunner<T> start(OutputMode mode, Supplier<Dataset<T>> query)
      throws TimeoutException, StreamingQueryException {
    return new QueryRunner<>(query, mode).start();
  }

  /** Starts a query, at second 0, and gives each batch to the output. */
  public static <T> QueryRunner<T> start(
      OutputMode mode, Supplier<Dataset<T>> query, Output<T> output)
      throws TimeoutException, StreamingQueryException {
    QueryRunner<T> runner = new QueryRunner<>(query, mode);
    runner.output = output;
    return runner.start();
  }

  private QueryRunner<T> start() throws TimeoutException, StreamingQueryException {
    try {
      return restart();
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /**
   * Runs so many seconds, each to its end.
   *
   * @throws StreamingQueryException if the query has failed
   */
  public QueryRunner<T> run(int seconds) throws StreamingQueryException {
    for (int i = 0; i < seconds; i++) {
      clock.advance(INTERVAL_MS);
      await();
    }
    return this;
  }

  /**
   * Runs one second, whose batch has its output, and dies before Spark writes down that it is done.
   * Nothing of that batch is in {@link #batches}.
   */
  public QueryRunner<T> crash() throws StreamingQueryException {
    String message = "The driver has died, after the output.";
    int before = batches.size();
    afterwards =
        (batch, id) -> {
          throw new IllegalStateException(message);
        };
    try {
      run(1);
    } catch (StreamingQueryException e) {
      if (!String.valueOf(e.getMessage()).contains(message)) {
        throw e;
      }
      batches.subList(before, batches.size()).clear();
      return this;
    } finally {
      afterwards = (batch, id) -> {};
    }
    throw new IllegalStateException("No batch has run in second " + second() + ".");
  }

  /**
   * Ends the query, and starts it from its checkpoint, in the same second. A batch that was planned
   * and is not done runs again, now.
   */
  public QueryRunner<T> restart() throws TimeoutException, StreamingQueryException {
    stop();
    clock.waitsFor = 0;
    Dataset<T> dataset = query.get();
    org.apache.spark.sql.classic.Dataset<T> classic =
        (org.apache.spark.sql.classic.Dataset<T>) dataset;
    ForeachBatchSink<T> sink =
        new ForeachBatchSink<>(
            (batch, id) -> {
              put(batch, (Long) id);
              return BoxedUnit.UNIT;
            },
            package$.MODULE$.encoderFor(dataset.encoder()));
    running =
        classic
            .sparkSession()
            .streams()
            .startQuery(
                Option.empty(),
                Option.apply(checkpoint.toUri().toString()),
                classic,
                Map$.MODULE$.empty(),
                sink,
                mode,
                false,
                true,
                Trigger.ProcessingTime(INTERVAL_MS, TimeUnit.MILLISECONDS),
                clock,
                Option.empty(),
                Option.empty());
    await();
    return this;
  }

  /** Returns what came out of the batches that are done, in their order. */
  public List<Batch<T>> batches() {
    return List.copyOf(batches);
  }

  /** Returns a line for each row, a batch after the other, the rows of a batch in order. */
  public List<String> lines(Function<T, String> text) {
    return batches.stream()
        .flatMap(
            batch ->
                batch.rows().stream()
                    .map(row -> "batch %d | %s".formatted(batch.number(), text.apply(row)))
                    .sorted())
        .toList();
  }

  /** Returns the query's checkpoint. */
  public Path checkpoint() {
    return checkpoint;
  }

  /** Returns the query that runs, or has died. */
  public StreamingQuery query() {
    return running;
  }

  /** Returns the second that it is on the clock. */
  public long second() {
    return clock.getTimeMillis() / INTERVAL_MS;
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (TimeoutException e) {
      throw new AssertionError("The query did not stop.", e);
    } finally {
      FileUtils.deleteQuietly(checkpoint.toFile());
    }
  }

  private void stop() throws TimeoutException {
    if (running != null) {
      running.stop();
    }
  }

  private void put(Dataset<T> batch, long id) {
    try {
      output.accept(batch, id);
      afterwards.accept(batch, id);
    } catch (Exception e) {
      throw sneaky(e);
    }
  }

  private void collect(Dataset<T> batch, long id) {
    batches.add(new Batch<>(second(), id, batch.collectAsList()));
  }

  /** Waits until the query waits for the next second: then it is done with this one. */
  private void await() throws StreamingQueryException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (clock.waitsFor <= clock.getTimeMillis()) {
      if (running.awaitTermination(GLANCE_MS)) { // throws what it died of
        throw new IllegalStateException("The query has ended in second " + second() + ".");
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "Waited %d s for second %d: %s"
                .formatted(PATIENCE_SECONDS, second(), running.status()));
      }
    }
  }

  /** Throws what the output threw, checked or not: Scala does not declare what it throws. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException sneaky(Throwable e) throws E {
    throw (E) e;
  }

  /** Knows what time it is waited for: a query waits between two triggers, and only then. */
  private static final class TriggerClock extends ManualClock {

    private volatile long waitsFor;

    TriggerClock() {
      super(0);
    }

    @Override
    public long waitTillTime(long time) {
      waitsFor = time;
      return super.waitTillTime(time);
    }
  }
}
