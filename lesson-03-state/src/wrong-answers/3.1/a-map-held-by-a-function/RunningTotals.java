package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.HashMap;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: each task gets a copy of the map, and throws it away. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    HashMap<Long, Total> totals = new HashMap<>();
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitions)
        .mapToPair(
            page -> {
              Total before = totals.getOrDefault(page._1(), new Total(0, 0));
              Total total = new Total(before.views() + page._2(), 0);
              totals.put(page._1(), total);
              return new Tuple2<>(page._1(), total);
            });
  }
}
