package countingstreams.lesson05.exercises;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Exercise 5.5, Stay where you are: a table that is joined with each batch. */
public final class StayWhereYouAre {

  private StayWhereYouAre() {}

  /**
   * Returns each view with the title of its page. A view of a page that has no title is left out.
   *
   * <p>In each batch, no more records move between tasks than the batch has. A title is computed
   * once, and moves once at most, in all batches together. Nothing but titles is kept when a batch
   * is done.
   *
   * @param views the pages that were viewed, with the numbers of the views, in no more partitions
   *     than the titles
   * @param titles pages with their titles, each page once. They are dear to compute, and too many
   *     for the driver
   */
  public static JavaPairDStream<Long, Tuple2<Long, String>> titled(
      JavaPairDStream<Long, Long> views, JavaPairRDD<Long, String> titles) {
    Broadcast<Map<Long, String>> table =
        JavaSparkContext.fromSparkContext(titles.context())
            .broadcast(new HashMap<>(titles.collectAsMap()));
    return views
        .filter(view -> table.value().containsKey(view._1()))
        .mapToPair(
            view -> new Tuple2<>(view._1(), new Tuple2<>(view._2(), table.value().get(view._1()))));
  }
}
