package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

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
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .updateStateByKey(RunningTotals::next, partitions);
  }

  /** Called in each batch for every page that has views in it or a total from before. */
  private static Optional<Total> next(List<Long> news, Optional<Total> before) {
    Total total = before.orElse(new Total(0, 0));
    return Optional.of(
        new Total(total.views() + news.size(), news.isEmpty() ? total.idle() + 1 : 0));
  }
}
