package countingstreams.lesson05.exercises;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.HashPartitioner;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
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
    Partitioner partitioner = new HashPartitioner(2);
    JavaPairRDD<Long, String> table = titles.partitionBy(partitioner).cache();
    return views.transformToPair(
        batch ->
            batch
                .partitionBy(partitioner)
                .zipPartitions(table, StayWhereYouAre::join)
                .mapToPair(titled -> titled));
  }

  private static Iterator<Tuple2<Long, Tuple2<Long, String>>> join(
      Iterator<Tuple2<Long, Long>> views, Iterator<Tuple2<Long, String>> titles) {
    Map<Long, String> known = new HashMap<>();
    titles.forEachRemaining(title -> known.put(title._1(), title._2()));
    List<Tuple2<Long, Tuple2<Long, String>>> titled = new ArrayList<>();
    views.forEachRemaining(
        view -> {
          if (known.containsKey(view._1())) {
            titled.add(new Tuple2<>(view._1(), new Tuple2<>(view._2(), known.get(view._1()))));
          }
        });
    return titled.iterator();
  }
}
