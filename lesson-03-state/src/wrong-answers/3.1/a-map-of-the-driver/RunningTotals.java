package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: the map is in the driver's memory, with whatever batches were generated. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    HashMap<Long, Total> totalOf = new HashMap<>();
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitions)
        .transformToPair(
            batch -> {
              Map<Long, Long> news = batch.collectAsMap();
              totalOf.replaceAll((page, total) -> new Total(total.views(), total.idle() + 1));
              news.forEach(
                  (page, count) ->
                      totalOf.merge(
                          page,
                          new Total(count, 0),
                          (total, more) -> new Total(total.views() + more.views(), 0)));
              List<Tuple2<Long, Total>> totals = new ArrayList<>();
              totalOf.forEach((page, total) -> totals.add(new Tuple2<>(page, total)));
              return JavaSparkContext.fromSparkContext(batch.context())
                  .parallelizePairs(totals, partitions)
                  .partitionBy(new HashPartitioner(partitions));
            });
  }
}
