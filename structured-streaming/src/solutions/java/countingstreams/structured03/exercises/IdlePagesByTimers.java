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

/** Exercise S3, Idle pages by timers: those that no one views any more, by transformWithState. */
public final class IdlePagesByTimers {

  private IdlePagesByTimers() {}

  /**
   * Returns the pages that are found to be idle, with their views since the first batch, or since
   * they were idle before. A page is idle if its last view is longer ago than {@code idle}. Its
   * views then count from 0 again: no more is known of it, it has no state.
   *
   * <p>It comes out of the first batch in which it is idle, whether that batch has views or not.
   * When a view was is the time of its batch, which is the same if the batch runs again. No one has
   * to look at all pages for that: a page has a timer, and Spark keeps timers in the order of their
   * time.
   *
   * @param views each element is a page that was viewed
   */
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

  /** What happens to a page, with its state. Spark calls it, on executors. */
  private static final class Page extends StatefulProcessor<Long, Long, Tuple2<Long, Long>> {

    private static final long serialVersionUID = 1L;

    private final Duration idle;
    private transient ValueState<Long> views;

    Page(Duration idle) {
      this.idle = idle;
    }

    /** Says what states a page has. Called once for each partition of a batch. */
    @Override
    public void init(OutputMode outputMode, TimeMode timeMode) {
      views = getHandle().getValueState("views", Encoders.LONG(), TTLConfig.NONE());
    }

    /** Called for each page that a batch has views of, with all of them. */
    @Override
    public Iterator<Tuple2<Long, Long>> handleInputRows(
        Long page, Iterator<Long> news, TimerValues time) {
      views.update((views.exists() ? views.get() : 0) + news.size());
      // A page may have many timers: the one of the view before would go off, too.
      for (Object timer : CollectionConverters.asJava(getHandle().listTimers().toList())) {
        getHandle().deleteTimer((Long) timer);
      }
      // A timer goes off in the first batch that has its time, or a later one.
      getHandle().registerTimer(time.getCurrentProcessingTimeInMs() + idle.toMillis() + 1);
      return iterator(List.of());
    }

    /** Called for each timer whose time has come, after all views of the batch. */
    @Override
    public Iterator<Tuple2<Long, Long>> handleExpiredTimer(
        Long page, TimerValues time, ExpiredTimerInfo timer) {
      long before = views.get();
      views.clear();
      return iterator(List.of(new Tuple2<>(page, before)));
    }

    /** Returns an iterator as Spark wants it. */
    private static <T> Iterator<T> iterator(List<T> list) {
      return CollectionConverters.asScala(list.iterator());
    }
  }
}
