package countingstreams.structured03.exercises;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapGroupsWithStateFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.GroupState;
import org.apache.spark.sql.streaming.GroupStateTimeout;
import org.apache.spark.sql.streaming.OutputMode;
import scala.Tuple2;

/** By flatMapGroupsWithState, whose timeouts are looked for in all states. */
public final class IdlePagesByTimers {

  private IdlePagesByTimers() {}

  public static Dataset<Tuple2<Long, Long>> of(Dataset<Long> views, Duration idle) {
    MapFunction<Long, Long> itself = page -> page;
    FlatMapGroupsWithStateFunction<Long, Long, Long, Tuple2<Long, Long>> next =
        (page, news, state) -> next(page, news, state, idle);
    return views
        .groupByKey(itself, Encoders.LONG())
        .flatMapGroupsWithState(
            next,
            OutputMode.Append(),
            Encoders.LONG(),
            Encoders.tuple(Encoders.LONG(), Encoders.LONG()),
            GroupStateTimeout.ProcessingTimeTimeout());
  }

  private static Iterator<Tuple2<Long, Long>> next(
      Long page, Iterator<Long> news, GroupState<Long> state, Duration idle) {
    long views = state.exists() ? state.get() : 0;
    if (state.hasTimedOut()) {
      state.remove();
      return List.of(new Tuple2<>(page, views)).iterator();
    }
    for (; news.hasNext(); news.next()) {
      views++;
    }
    state.update(views);
    state.setTimeoutDuration(idle.toMillis());
    return List.<Tuple2<Long, Long>>of().iterator();
  }
}
