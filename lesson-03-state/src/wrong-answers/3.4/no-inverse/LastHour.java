package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Wrong: the whole hour is added up anew, each time. */
public final class LastHour {

  public interface Views extends Serializable {

    Views plus(Views more);

    Views minus(Views fewer);

    boolean none();
  }

  private LastHour() {}

  public static JavaPairDStream<Long, Views> of(
      JavaPairDStream<Long, Views> views, Duration hour, Duration every, String directory) {
    return views.reduceByKeyAndWindow(Views::plus, hour, every, 2);
  }
}
