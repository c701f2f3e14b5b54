package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: its function is not called for a page without views. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    HashPartitioner partitioner = new HashPartitioner(partitions);
    Function3<Long, Optional<Long>, State<Total>, Void> next =
        (page, news, state) -> {
          Total total = state.exists() ? state.get() : new Total(0, 0);
          state.update(
              new Total(total.views() + news.orElse(0L), news.isPresent() ? 0 : total.idle() + 1));
          return null;
        };
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitioner)
        .mapWithState(StateSpec.function(next).partitioner(partitioner))
        .stateSnapshots();
  }
}
