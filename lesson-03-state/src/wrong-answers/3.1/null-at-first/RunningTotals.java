package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: before the first view there is no total, and null is no number. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    JavaPairDStream<Long, Long> sums =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .updateStateByKey(RunningTotals::next, partitions);
    return sums.mapValues(sum -> new Total(sum, 0));
  }

  private static Optional<Long> next(List<Long> news, Optional<Long> before) {
    return Optional.of(before.orNull() + news.size());
  }
}
