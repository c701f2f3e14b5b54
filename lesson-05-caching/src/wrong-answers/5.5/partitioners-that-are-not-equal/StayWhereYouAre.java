package countingstreams.lesson05.exercises;

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
    JavaPairRDD<Long, String> table = titles.partitionBy(new ByPage()).cache();
    return views.transformToPair(batch -> batch.join(table, new ByPage()));
  }

  private static final class ByPage extends Partitioner {

    private static final long serialVersionUID = 1L;

    @Override
    public int numPartitions() {
      return 2;
    }

    @Override
    public int getPartition(Object page) {
      return (int) ((Long) page % 2);
    }
  }
}
