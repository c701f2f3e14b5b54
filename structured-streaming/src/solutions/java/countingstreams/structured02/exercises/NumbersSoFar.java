package countingstreams.structured02.exercises;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/**
 * Exercise S2, Numbers so far: a query that goes on where it was, and knows how far it has come.
 */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  /**
   * Returns a query that counts, and goes on where it was when it is started again.
   *
   * <p>It gives the console a line for each batch, such as {@code batch 4 | 30 31 32 | 33 so far}:
   * the batch's number, 1 for the first; its numbers, in order; and how many numbers there have
   * been, with those of this batch. A batch that comes again has the same line again.
   *
   * <p>The numbers come from the source {@code rate-micro-batch}. It is the caller who sets the
   * trigger, and starts the query.
   *
   * @param checkpoint the query's checkpointLocation, the same in each life
   * @param numbers how many a batch has that is planned in this life: in another life, it may have
   *     been another number
   * @param partitions how many a batch has in this life
   * @param console takes a line. Used on the driver. If it fails, the query fails
   */
  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> console.accept(line(id + 1, batch.collectAsList()));
    return spark
        .readStream()
        .format("rate-micro-batch")
        .option("rowsPerBatch", numbers)
        .option("numPartitions", partitions)
        .load()
        .select("value")
        .as(Encoders.LONG())
        .writeStream()
        .foreachBatch(print)
        .option("checkpointLocation", checkpoint.toString());
  }

  /** Asks nothing but the batch: the numbers count from 0, so the last says how many there are. */
  private static String line(long batchNumber, List<Long> batch) {
    List<Long> sorted = batch.stream().sorted().toList();
    return "batch %d | %s | %d so far"
        .formatted(
            batchNumber,
            sorted.stream().map(String::valueOf).collect(Collectors.joining(" ")),
            sorted.get(sorted.size() - 1) + 1);
  }
}
