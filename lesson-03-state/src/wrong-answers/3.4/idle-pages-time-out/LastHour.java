package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function4;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Wrong: a page that is not idle keeps all views it ever had. */
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
    Function4<Time, Long, Optional<Views>, State<Views>, Optional<Void>> next =
        (batchTime, page, news, state) -> {
          if (!state.isTimingOut()) {
            state.update(state.exists() ? state.get().plus(news.get()) : news.get());
          }
          return Optional.empty();
        };
    return views
        .mapWithState(StateSpec.function(next).timeout(hour))
        .stateSnapshots()
        .window(Durations.seconds(1), every);
  }
}
