package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Tuple2;

/** Without the batch time; what it returns for a view is sorted out later. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    Function3<Long, Optional<Long>, State<Long>, IdlePage> next =
        (page, news, state) -> {
          if (state.isTimingOut()) {
            return new IdlePage(page, state.get());
          }
          state.update((state.exists() ? state.get() : 0) + news.get());
          return new IdlePage(page, -1);
        };
    JavaDStream<IdlePage> calls =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .mapWithState(StateSpec.function(next).timeout(idle).numPartitions(3));
    calls.checkpoint(every);
    return calls.filter(page -> page.views() > 0);
  }
}
