package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function4;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Tuple2;

/** The state is the page itself, with its views so far. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    Function4<Time, Long, Optional<Long>, State<IdlePage>, Optional<IdlePage>> next =
        (batchTime, page, news, state) -> {
          IdlePage before = state.exists() ? state.get() : new IdlePage(page, 0);
          if (state.isTimingOut()) {
            return Optional.of(before);
          }
          state.update(new IdlePage(page, before.views() + news.get()));
          return Optional.empty();
        };
    JavaDStream<IdlePage> idlePages =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .mapWithState(
                StateSpec.function(next).timeout(idle).partitioner(new HashPartitioner(1)));
    idlePages.checkpoint(every);
    return idlePages;
  }
}
