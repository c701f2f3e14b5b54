package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** The window is checkpointed more often than Spark would. */
public final class LastHour {

  public interface Views extends Serializable {

    Views plus(Views more);

    Views minus(Views fewer);

    boolean none();
  }

  private LastHour() {}

  public static JavaPairDStream<Long, Views> of(
      JavaPairDStream<Long, Views> views, Duration hour, Duration every, String directory) {
    views.context().checkpoint(directory);
    JavaPairDStream<Long, Views> lastHour =
        views.reduceByKeyAndWindow(
            (sum, more) -> sum.plus(more),
            (sum, fewer) -> sum.minus(fewer),
            hour,
            every,
            1,
            page -> !page._2().none());
    lastHour.checkpoint(new Duration(2 * every.milliseconds()));
    return lastHour;
  }
}
