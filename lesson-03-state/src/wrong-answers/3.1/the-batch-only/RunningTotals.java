package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: each batch starts from nothing. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitions)
        .mapValues(sum -> new Total(sum, 0));
  }
}
