package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function4;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Tuple2;

/** Wrong: the last call is none for a view. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    Function4<Time, Long, Optional<Long>, State<Long>, Optional<IdlePage>> next = IdlePages::next;
    JavaDStream<IdlePage> idlePages =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .mapWithState(StateSpec.function(next).timeout(idle));
    idlePages.checkpoint(every);
    return idlePages;
  }

  private static Optional<IdlePage> next(
      Time batchTime, Long page, Optional<Long> news, State<Long> state) {
    long sum = (state.exists() ? state.get() : 0) + 1;
    if (state.isTimingOut()) {
      return Optional.of(new IdlePage(page, sum));
    }
    state.update(sum);
    return Optional.empty();
  }
}
