package countingstreams.structured03.exercises;

import java.time.Duration;
import java.util.List;
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
    // TODO S3: group the views by page, and have Page called, with timers of the processing time
    throw new UnsupportedOperationException("TODO S3: give each page its state and its timer");
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
      // TODO S3: count the views, and have the page called when it will be idle
      throw new UnsupportedOperationException("TODO S3: count the views of a page, set its timer");
    }

    /** Called for each timer whose time has come, after all views of the batch. */
    @Override
    public Iterator<Tuple2<Long, Long>> handleExpiredTimer(
        Long page, TimerValues time, ExpiredTimerInfo timer) {
      // TODO S3: the page is idle: say so, and forget it
      throw new UnsupportedOperationException("TODO S3: return a page that is idle");
    }

    /** Returns an iterator as Spark wants it. */
    private static <T> Iterator<T> iterator(List<T> list) {
      return CollectionConverters.asScala(list.iterator());
    }
  }
}
