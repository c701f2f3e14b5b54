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

/** Wrong: who comes back is not idle, and who does not come back is not asked. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  private record Seen(long views, long lastMs) implements Serializable {}

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    long idleMs = idle.milliseconds();
    Function4<Time, Long, Optional<Long>, State<Seen>, Optional<IdlePage>> next =
        (batchTime, page, news, state) -> {
          Seen before = state.exists() ? state.get() : new Seen(0, batchTime.milliseconds());
          boolean wasIdle = batchTime.milliseconds() - before.lastMs() > idleMs;
          state.update(
              new Seen((wasIdle ? 0 : before.views()) + news.get(), batchTime.milliseconds()));
          return wasIdle ? Optional.of(new IdlePage(page, before.views())) : Optional.empty();
        };
    return views.mapToPair(page -> new Tuple2<>(page, 1L)).mapWithState(StateSpec.function(next));
  }
}
