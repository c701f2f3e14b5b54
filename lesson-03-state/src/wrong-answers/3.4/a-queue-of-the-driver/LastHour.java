package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: it dies with the driver, and takes in a batch that runs again once more. */
public final class LastHour {

  public interface Views extends Serializable {

    Views plus(Views more);

    Views minus(Views fewer);

    boolean none();
  }

  private LastHour() {}

  private record Page(long atMs, long page, Views views) {}

  private static final Queue<Page> LAST_HOUR = new ConcurrentLinkedQueue<>();

  public static JavaPairDStream<Long, Views> of(
      JavaPairDStream<Long, Views> views, Duration hour, Duration every, String directory) {
    views.context().checkpoint(directory);
    LAST_HOUR.clear();
    long hourMs = hour.milliseconds();
    return views
        .transformToPair(
            (batch, time) -> {
              batch
                  .collect()
                  .forEach(
                      page -> LAST_HOUR.add(new Page(time.milliseconds(), page._1(), page._2())));
              LAST_HOUR.removeIf(page -> page.atMs() <= time.milliseconds() - hourMs);
              Map<Long, Views> sums = new HashMap<>();
              LAST_HOUR.forEach(page -> sums.merge(page.page(), page.views(), Views::plus));
              List<Tuple2<Long, Views>> pages =
                  sums.entrySet().stream()
                      .map(page -> new Tuple2<>(page.getKey(), page.getValue()))
                      .toList();
              return JavaSparkContext.fromSparkContext(batch.context()).parallelizePairs(pages);
            })
        .window(every, every);
  }
}
