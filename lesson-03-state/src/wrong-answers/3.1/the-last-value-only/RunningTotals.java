package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: the list has all values of the batch. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .updateStateByKey(RunningTotals::next, partitions);
  }

  private static Optional<Total> next(List<Long> news, Optional<Total> before) {
    Total total = before.orElse(new Total(0, 0));
    return Optional.of(
        news.isEmpty()
            ? new Total(total.views(), total.idle() + 1)
            : new Total(total.views() + news.get(news.size() - 1), 0));
  }
}
