package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaDStream;

/** Wrong: it dies with the driver, and counts what runs again once more. */
public final class IdlePages {

  public record IdlePage(long page, long views) implements Serializable {}

  private IdlePages() {}

  private record Seen(long views, long lastMs) implements Serializable {}

  private static final Map<Long, Seen> SEEN = new ConcurrentHashMap<>();

  public static JavaDStream<IdlePage> of(JavaDStream<Long> views, Duration idle, Duration every) {
    SEEN.clear();
    long idleMs = idle.milliseconds();
    long everyMs = every.milliseconds();
    return views.transform(
        (batch, time) -> {
          long nowMs = time.milliseconds();
          for (long page : batch.collect()) {
            SEEN.merge(page, new Seen(1, nowMs), (seen, one) -> new Seen(seen.views() + 1, nowMs));
          }
          List<IdlePage> found = new ArrayList<>();
          if (nowMs % everyMs == 0) {
            SEEN.forEach(
                (page, seen) -> {
                  if (nowMs - seen.lastMs() > idleMs) {
                    found.add(new IdlePage(page, seen.views()));
                    SEEN.remove(page);
                  }
                });
          }
          return JavaSparkContext.fromSparkContext(batch.context()).parallelize(found);
        });
  }
}
