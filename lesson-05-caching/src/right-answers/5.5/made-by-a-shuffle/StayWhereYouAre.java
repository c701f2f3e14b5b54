package countingstreams.lesson05.exercises;

import org.apache.spark.HashPartitioner;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.StorageLevels;
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
    Partitioner partitioner = new HashPartitioner(3);
    JavaPairRDD<Long, String> table =
        titles.reduceByKey(partitioner, (one, other) -> one).persist(StorageLevels.MEMORY_AND_DISK);
    return views.transformToPair(batch -> batch.join(table, partitioner));
  }
}
