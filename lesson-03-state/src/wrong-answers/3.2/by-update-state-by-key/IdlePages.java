package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: right pages, at the price of all pages in each batch. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  private record Seen(long views, long idleMs, long batch) implements Serializable {}

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    long batchMs = 1000;
    long idleMs = idle.milliseconds();
    JavaPairDStream<Long, Seen> all =
        views
            .mapToPair(page -> new Tuple2<>(page, 1L))
            .updateStateByKey(
                (news, before) -> {
                  Seen seen = before.orElse(new Seen(0, 0, 0));
                  return news.isEmpty() && seen.idleMs() > idleMs
                      ? Optional.empty()
                      : Optional.of(
                          new Seen(
                              seen.views() + news.size(),
                              news.isEmpty() ? seen.idleMs() + batchMs : 0,
                              seen.batch() + 1));
                });
    return all.filter(page -> page._2().idleMs() > idleMs)
        .map(page -> new IdlePage(page._1(), page._2().views()));
  }
}
