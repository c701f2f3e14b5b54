package countingstreams.structured03;

import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StatefulProcessor;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TimerValues;
import org.apache.spark.sql.streaming.ValueState;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;

// #region processor
/**
 * The views of each page, as lesson 3 counts them by mapWithState: with a state of a page's own,
 * which is forgotten once the page has not been viewed for so long. Spark sends it to executors.
 */
public final class RunningTotals extends StatefulProcessor<Long, Long, Tuple2<Long, Long>> {

  private static final long serialVersionUID = 1L;

  private final Duration idle;

  /** Of the page that is looked at. Each task has its own, over its partition of the state. */
  private transient ValueState<Long> views;

  /**
   * @param idle how long after its last view a page is forgotten; zero: never
   */
  public RunningTotals(Duration idle) {
    this.idle = idle;
  }

  /** Called once by each task. */
  @Override
  public void init(OutputMode outputMode, TimeMode timeMode) {
    views = getHandle().getValueState("views", Encoders.LONG(), new TTLConfig(idle));
  }

  /** Called for each page that the batch has views of, and for no other. */
  @Override
  public Iterator<Tuple2<Long, Long>> handleInputRows(
      Long page, Iterator<Long> viewed, TimerValues time) {
    long total = (views.exists() ? views.get() : 0) + viewed.size();
    views.update(total); // it lives on for as long again
    return CollectionConverters.asScala(List.of(new Tuple2<>(page, total)).iterator());
  }
}
// #endregion processor
