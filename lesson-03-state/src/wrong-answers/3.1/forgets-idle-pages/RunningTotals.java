package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: an empty Optional does not mean that nothing changes. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .updateStateByKey(RunningTotals::next, partitions);
  }

  private static Optional<Total> next(List<Long> news, Optional<Total> before) {
    if (news.isEmpty()) {
      return Optional.empty();
    }
    Total total = before.orElse(new Total(0, 0));
    return Optional.of(new Total(total.views() + news.size(), 0));
  }
}
