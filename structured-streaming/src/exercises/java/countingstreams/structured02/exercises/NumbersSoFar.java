package countingstreams.structured02.exercises;

import java.nio.file.Path;
import java.util.function.Consumer;
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
    // TODO S2: print each batch, and let the query find out what comes next
    throw new UnsupportedOperationException("TODO S2: go on where the query was");
  }
}
