package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Wrong: the filter says what stays. */
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
    return views
        .reduceByKeyAndWindow(Views::plus, Views::minus, hour, every)
        .filter(page -> page._2().none());
  }
}
