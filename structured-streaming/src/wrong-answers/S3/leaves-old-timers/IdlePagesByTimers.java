package countingstreams.structured03.exercises;

import java.time.Duration;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.ExpiredTimerInfo;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StatefulProcessor;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TimerValues;
import org.apache.spark.sql.streaming.ValueState;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

/** Sets a timer with each view, and deletes none. */
public final class IdlePagesByTimers {

  private IdlePagesByTimers() {}

  public static Dataset<Tuple2<Long, Long>> of(Dataset<Long> views, Duration idle) {
    MapFunction<Long, Long> itself = page -> page;
    return views
        .groupByKey(itself, Encoders.LONG())
        .transformWithState(
            new Page(idle),
            TimeMode.ProcessingTime(),
            OutputMode.Append(),
            Encoders.tuple(Encoders.LONG(), Encoders.LONG()));
  }

  private static final class Page extends StatefulProcessor<Long, Long, Tuple2<Long, Long>> {

    private static final long serialVersionUID = 1L;

    private final Duration idle;
    private transient ValueState<Long> views;

    Page(Duration idle) {
      this.idle = idle;
    }

    @Override
    public void init(OutputMode outputMode, TimeMode timeMode) {
      views = getHandle().getValueState("views", Encoders.LONG(), TTLConfig.NONE());
    }

    @Override
    public Iterator<Tuple2<Long, Long>> handleInputRows(
        Long page, Iterator<Long> news, TimerValues time) {
      views.update((views.exists() ? views.get() : 0) + news.size());
      getHandle().registerTimer(time.getCurrentProcessingTimeInMs() + idle.toMillis() + 1);
      return iterator(List.of());
    }

    @Override
    public Iterator<Tuple2<Long, Long>> handleExpiredTimer(
        Long page, TimerValues time, ExpiredTimerInfo timer) {
      if (!views.exists()) {
        return iterator(List.of());
      }
      long before = views.get();
      views.clear();
      return iterator(List.of(new Tuple2<>(page, before)));
    }

    private static <T> Iterator<T> iterator(List<T> list) {
      return CollectionConverters.asScala(list.iterator());
    }
  }
}
