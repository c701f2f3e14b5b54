package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Exercise 3.1, Running totals: what is known of each page, after each batch. */
public final class RunningTotals {

  /**
   * What is known of a page after a batch.
   *
   * @param views of the page since the first batch
   * @param idle for how many batches it has had no view: 0 if this one has one
   */
  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  /**
   * Returns the totals after each batch, of all pages that were viewed in it or before.
   *
   * @param views each element is a page that was viewed
   * @param partitions of the totals; a page is in the one that a HashPartitioner gives it
   */
  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    // TODO 3.1: carry the total of each page from batch to batch
    throw new UnsupportedOperationException("TODO 3.1: keep a running total of each page");
  }
}
