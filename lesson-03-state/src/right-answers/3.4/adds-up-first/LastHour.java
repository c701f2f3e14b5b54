package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.HashPartitioner;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** The views of a page in a batch are added up before the window. */
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
    JavaPairDStream<Long, Views> sums = views.reduceByKey(Views::plus, new HashPartitioner(3));
    return sums.reduceByKeyAndWindow(
        Views::plus, Views::minus, hour, every, new HashPartitioner(3), page -> !page._2().none());
  }
}
