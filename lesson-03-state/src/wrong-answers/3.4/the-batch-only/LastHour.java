package countingstreams.lesson03.exercises;

import org.apache.spark.api.java.function.Function2;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Exercise 3.4, The last hour: page views in a window that moves with each batch. */
public final class LastHour {

  private LastHour() {}

  /**
   * Returns, after each batch, the pages that were viewed in the last {@code hour}, each with its
   * views in it. A page without one is left out, and nothing is kept of it.
   *
   * <p>A batch costs what comes and what goes: a view is added once, when it comes, and taken away
   * once, when it is too old. What stays in the window is not added up again.
   *
   * @param views each element is a page that was viewed
   * @param hour a multiple of the batch interval
   * @param add returns the sum of two numbers of views
   * @param takeAway returns the first number less the second
   */
  public static JavaPairDStream<Long, Long> of(
      JavaDStream<Long> views,
      Duration hour,
      Function2<Long, Long, Long> add,
      Function2<Long, Long, Long> takeAway) {
    Duration eachBatch = views.dstream().slideDuration();
    int partitions = views.context().sparkContext().defaultParallelism();
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKeyAndWindow(
            add, takeAway, eachBatch, eachBatch, partitions, page -> page._2() != 0);
  }
}
