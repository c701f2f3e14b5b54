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

/** Exercise 3.2, Idle pages: those that no one views any more, by mapWithState. */
public final class IdlePages {

  /**
   * A page that has become idle.
   *
   * @param views of it, since the first batch or since it was idle before
   */
  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  /**
   * Returns, in each batch, the pages that are found to be idle. A page is idle if its last view is
   * longer ago than {@code idle}. Its views then count from 0 again: no more is known of it.
   *
   * <p>To find out, someone has to look at all pages, which costs more than a batch. That is to
   * happen once every {@code every}, counted from the start, and in no other batch. A page that has
   * been viewed again by then is not idle, and goes on.
   *
   * @param views each element is a page that was viewed
   * @param idle a multiple of the batch interval, as is {@code every}
   */
  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    // With its type written down: StateSpec.function takes functions of Scala, too.
    Function4<Time, Long, Optional<Long>, State<Long>, Optional<IdlePage>> next = IdlePages::next;
    JavaDStream<IdlePage> idlePages =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .mapWithState(StateSpec.function(next).timeout(idle));
    // Spark looks for timeouts only where it goes through all states: when it checkpoints them.
    idlePages.checkpoint(every);
    return idlePages;
  }

  /**
   * Counts the views of a page, in its state, and returns the page once it is idle. Spark calls it,
   * on executors.
   *
   * @param news what the batch has for the page: empty if the page is timing out
   */
  private static Optional<IdlePage> next(
      Time batchTime, Long page, Optional<Long> news, State<Long> state) {
    long before = state.exists() ? state.get() : 0;
    if (state.isTimingOut()) {
      return Optional.of(new IdlePage(page, before)); // Spark removes the state itself.
    }
    state.update(before + news.get());
    return Optional.empty();
  }
}
