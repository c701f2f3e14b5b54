package countingstreams.structured01;

import static org.apache.spark.sql.functions.expr;

import countingstreams.lesson01.CountingApp;
import countingstreams.lesson01.StreamApp;
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
import picocli.CommandLine.Command;

/** Lesson 1's app as a query: counts, and prints the numbers of each batch by partition. */
@Command(
    name = "CountingQuery",
    description = "Counts, and prints the numbers of each batch, partition by partition.")
public class CountingQuery extends StreamApp {

  private static final long POLL_MS = 50;

  public static void main(String[] args) {
    System.exit(commandLine(new CountingQuery()).execute(args));
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
    return numbers(spark).writeStream().foreachBatch(output());
  }

  /** Prints a batch. Spark calls it on the query's thread; batch ids begin with 0. */
  protected final VoidFunction2<Dataset<Long>, Long> output() {
    return (batch, id) -> {
      if (id < batches) {
        CountingApp.lines(id + 1, slices(batch).javaRDD()).forEach(System.out::println);
      }
    };
  }

  /** Comes back when the last batch asked for is done. */
  private void run(StreamingQuery query) throws TimeoutException, StreamingQueryException {
    while (done(query) < batches && !query.awaitTermination(POLL_MS)) {
      // An error in a batch is thrown by the line above.
    }
    query.stop();
  }

  /** A batch has a progress report once it is done, and so have triggers that found nothing. */
  private static long done(StreamingQuery query) {
    return query.lastProgress() == null ? 0 : query.lastProgress().batchId() + 1;
  }

  // #endregion driver

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
