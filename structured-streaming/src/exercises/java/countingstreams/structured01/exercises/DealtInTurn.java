package countingstreams.structured01.exercises;

import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Exercise S1, Dealt in turn: lesson 1's app as a query, with the partitions of the source. */
public final class DealtInTurn {

  private DealtInTurn() {}

  /**
   * Returns a query that counts, and gives the console the lines of lesson 1: in each batch one for
   * each partition, in the order of partitions, also for those that have no numbers.
   *
   * <p>The numbers come from the source {@code rate-micro-batch}, and are in the partitions that it
   * has dealt them out to. It is the caller who sets trigger and checkpoint, and starts the query:
   * batches count from 1, from the first one that the checkpoint knows.
   *
   * @param numbers how many a batch has
   * @param partitions how many a batch has
   * @param console takes a line. Used on the driver
   */
  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    // TODO S1: read numbers from the source, and print the partitions of each batch
    throw new UnsupportedOperationException("TODO S1: count in a query");
  }
}
