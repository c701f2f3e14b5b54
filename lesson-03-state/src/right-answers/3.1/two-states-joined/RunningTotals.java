package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Two states, joined: slower, and as right. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    JavaPairDStream<Long, Long> ones = views.mapToPair(page -> new Tuple2<>(page, 1L));
    JavaPairDStream<Long, Long> sums =
        ones.updateStateByKey(
            (news, before) -> Optional.of(before.orElse(0L) + news.size()), partitions);
    JavaPairDStream<Long, Long> idle =
        ones.updateStateByKey(
            (news, before) -> Optional.of(news.isEmpty() ? before.get() + 1 : 0L), partitions);
    return sums.join(idle, partitions).mapValues(both -> new Total(both._1(), both._2()));
  }
}
