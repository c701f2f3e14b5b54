package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: a static map is not in a checkpoint, and does not go back. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  private static final Map<Long, Total> TOTALS = new ConcurrentHashMap<>();

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitions)
        .transformToPair(
            batch -> {
              Map<Long, Long> news = batch.collectAsMap();
              TOTALS.replaceAll((page, total) -> new Total(total.views(), total.idle() + 1));
              news.forEach(
                  (page, count) ->
                      TOTALS.merge(
                          page,
                          new Total(count, 0),
                          (total, more) -> new Total(total.views() + more.views(), 0)));
              List<Tuple2<Long, Total>> totals = new ArrayList<>();
              TOTALS.forEach((page, total) -> totals.add(new Tuple2<>(page, total)));
              return JavaSparkContext.fromSparkContext(batch.context())
                  .parallelizePairs(totals, partitions)
                  .partitionBy(new HashPartitioner(partitions));
            });
  }
}
