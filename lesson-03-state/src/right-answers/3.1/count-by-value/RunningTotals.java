package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** By countByValue, which adds up the views of a batch. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    return views.countByValue(partitions).updateStateByKey(RunningTotals::next, partitions);
  }

  private static Optional<Total> next(List<Long> news, Optional<Total> before) {
    long sum = before.isPresent() ? before.get().views() : 0;
    for (long views : news) {
      sum += views;
    }
    return Optional.of(new Total(sum, news.isEmpty() ? before.get().idle() + 1 : 0));
  }
}
