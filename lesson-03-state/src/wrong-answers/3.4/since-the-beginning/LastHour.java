package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Wrong: nothing ever leaves. */
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
        .<Views>updateStateByKey(
            (news, before) -> {
              Views sum = before.orNull();
              for (Views more : news) {
                sum = sum == null ? more : sum.plus(more);
              }
              return Optional.of(sum);
            })
        .window(Durations.seconds(1), every);
  }
}
