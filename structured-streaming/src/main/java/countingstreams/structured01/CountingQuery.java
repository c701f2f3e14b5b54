package countingstreams.structured01;

import static org.apache.spark.sql.functions.expr;

import countingstreams.lesson01.CountingApp;
import countingstreams.lesson01.StreamApp;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Lesson 1's app as a query: counts, and prints the numbers of each batch by partition. */
@Command(
    name = "CountingQuery",
    description = "Counts, and prints the numbers of each batch, partition by partition.")
public class CountingQuery extends StreamApp {

  private static final long POLL_MS = 50;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new CountingQuery());
  }

  // #region driver
  @Override
  public Integer call() throws Exception {
    try (SparkSession spark = session().getOrCreate()) {
      DataStreamWriter<?> query = query(spark);
      announce(spark.sparkContext());
      run(query.trigger(Trigger.ProcessingTime(interval, TimeUnit.MILLISECONDS)).start());
    }
    return 0;
  }

  /** Returns what is to run: where the numbers come from, and what happens to each batch. */
  protected DataStreamWriter<?> query(SparkSession spark) throws Exception {
    return numbers(spark).writeStream().foreachBatch(upToLast(this::print));
  }

  /** Spark calls it on the query's thread. Batch ids begin with 0. */
  private void print(Dataset<Long> batch, long id) {
    CountingApp.lines(id + 1, slices(batch).javaRDD()).forEach(System.out::println);
  }

  // #endregion driver

  /** Comes back when the last batch asked for is done. */
  private void run(StreamingQuery query) throws TimeoutException, StreamingQueryException {
    try {
      while (done(query) < batches && !query.awaitTermination(POLL_MS)) {
        // An error in a batch is thrown by the line above.
      }
    } catch (StreamingQueryException e) {
      if (done(query) < batches) {
        throw e;
      }
    }
    query.stop();
  }

  /** A trigger that has found nothing reports progress, too: by the id of the batch to come. */
  private static long done(StreamingQuery query) {
    return Arrays.stream(query.recentProgress())
        .filter(progress -> progress.numInputRows() > 0)
        .mapToLong(progress -> progress.batchId() + 1)
        .max()
        .orElse(0);
  }

  /** Gives an output the batches asked for. The one after them ends the query, and is not done. */
  protected final <T> VoidFunction2<Dataset<T>, Long> upToLast(
      VoidFunction2<Dataset<T>, Long> output) {
    return (batch, id) -> {
      if (id >= batches) {
        throw new CancellationException("No batch was asked for after this many: " + batches);
      }
      output.call(batch, id);
    };
  }

  // #region source
  /** Returns the numbers. Spark asks the source how far it has come, and plans the batch. */
  protected final Dataset<Long> numbers(SparkSession spark) {
    return spark
        .readStream()
        .format("rate-micro-batch")
        .option("rowsPerBatch", numbers)
        .option("numPartitions", partitions)
        .load()
        .select("value")
        .as(Encoders.LONG());
  }

  // #endregion source

  // #region slices
  /**
   * The source deals its numbers out in turn, to each partition the next. Lesson 1 cuts them into
   * slices, and so does this, by a shuffle: number {@code j} of a batch is of the slice that
   * parallelize() puts it into.
   */
  private Dataset<Long> slices(Dataset<Long> batch) {
    String slice = "int(((value %% %1$d + 1) * %2$d - 1) div %1$d)".formatted(numbers, partitions);
    return batch.repartitionById(partitions, expr(slice)).sortWithinPartitions("value");
  }

  // #endregion slices

  /** Returns a session as spark-submit or the environment asks for. */
  protected SparkSession.Builder session() {
    String name = getClass().getSimpleName();
    return SparkSession.builder().config(configuration(System.getenv()).setAppName(name));
  }
}
