package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Wrong: who does not say how far it slides gets each batch. */
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
    return views.reduceByKeyAndWindow(
        Views::plus, Views::minus, hour, Durations.seconds(1), 2, page -> !page._2().none());
  }
}
