package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** A state that holds the batches of the hour: more to keep, and as little to add. */
public final class LastHour {

  public interface Views extends Serializable {

    Views plus(Views more);

    Views minus(Views fewer);

    boolean none();
  }

  private LastHour() {}

  /** One of the batches has a null if the page had no view in it. */
  private record Hour(List<Views> batches, Views sum) implements Serializable {}

  public static JavaPairDStream<Long, Views> of(
      JavaPairDStream<Long, Views> views, Duration hour, Duration every, String directory) {
    views.context().checkpoint(directory);
    long batches = hour.milliseconds() / views.dstream().slideDuration().milliseconds();
    return views
        .reduceByKey(Views::plus)
        .<Hour>updateStateByKey(
            (news, before) -> {
              Hour hourBefore = before.orElse(new Hour(new ArrayList<>(), null));
              List<Views> all = new ArrayList<>(hourBefore.batches());
              Views sum = hourBefore.sum();
              Views leaving = all.size() < batches ? null : all.remove(0);
              if (leaving != null) {
                Views left = sum.minus(leaving);
                sum = left.none() ? null : left;
              }
              Views coming = news.isEmpty() ? null : news.get(0);
              if (coming != null) {
                sum = sum == null ? coming : sum.plus(coming);
              }
              all.add(coming);
              return sum == null ? Optional.empty() : Optional.of(new Hour(all, sum));
            })
        .mapValues(Hour::sum)
        .window(Durations.seconds(1), every);
  }
}
