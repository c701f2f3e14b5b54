package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function4;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: a snapshot has all pages, and has them in each batch. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  private record Seen(long views, long lastMs) implements Serializable {}

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    long idleMs = idle.milliseconds();
    long everyMs = every.milliseconds();
    Function4<Time, Long, Optional<Long>, State<Seen>, Optional<Void>> next =
        (batchTime, page, news, state) -> {
          long before = state.exists() ? state.get().views() : 0;
          state.update(new Seen(before + news.get(), batchTime.milliseconds()));
          return Optional.empty();
        };
    JavaPairDStream<Long, Seen> all =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .mapWithState(StateSpec.function(next))
            .stateSnapshots();
    return all.transform(
        (pages, time) -> {
          long nowMs = time.milliseconds();
          return pages
              .filter(page -> nowMs % everyMs == 0 && nowMs - page._2().lastMs() > idleMs)
              .map(page -> new IdlePage(page._1(), page._2().views()));
        });
  }
}
