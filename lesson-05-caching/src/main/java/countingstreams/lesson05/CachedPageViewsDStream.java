package countingstreams.lesson05;

import countingstreams.lesson04.DirectPageViewsDStream;
import countingstreams.lesson04.Topic;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.util.LongAccumulator;
import scala.Option;

/**
 * Page views that are computed once a batch, however many output operations read them: the RDD of
 * each batch is persisted, until the engine no longer remembers it.
 *
 * <p>It counts what is computed, and says what is held, so that both can be seen.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class CachedPageViewsDStream extends DirectPageViewsDStream {

  private static final long serialVersionUID = 1L;

  /** The RDD of a batch, and how many of its page views were computed. */
  private record Generated(int rddId, LongAccumulator computed) {}

  /** By batch time, in milliseconds. Not part of the checkpoint: each driver has its own. */
  private transient ConcurrentSkipListMap<Long, Generated> batches;

  private transient Evictions evictions;

  // #region persist
  /**
   * Adds the stream to a context that has not been started.
   *
   * @param viewsPerBatch the most records that a batch gets, 1 or more
   * @param pages how many pages there are, 1 or more
   * @param level where the page views of a batch are kept; NONE computes them for each reader
   * @throws IllegalArgumentException if a number is out of range
   */
  public CachedPageViewsDStream(
      StreamingContext context, Topic topic, int viewsPerBatch, int pages, StorageLevel level) {
    super(context, topic, viewsPerBatch, pages);
    persist(level); // The engine persists each RDD that compute returns, as it returns it.
  }

  // #endregion persist

  // #region compute
  /** Returns the input of a batch. Called on the driver, once a batch time, in order. */
  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    if (batches == null) {
      open();
    }
    LongAccumulator computed = context().sparkContext().longAccumulator();
    RDD<Long> views = counted(super.compute(batchTime).get(), computed);
    batches.put(batchTime.milliseconds(), new Generated(views.id(), computed));
    return Option.apply(views);
  }

  /** Counts each view as it is computed. One that is read from a block is not computed. */
  private static RDD<Long> counted(RDD<Long> views, LongAccumulator computed) {
    return views
        .toJavaRDD()
        .map(
            page -> {
              computed.add(1);
              return page;
            })
        .rdd();
  }

  // #endregion compute

  // #region clear
  /**
   * Unpersists the RDDs that the engine no longer has to remember. Called by the engine when a
   * batch is done, on the thread that generates jobs.
   */
  @Override
  public void clearMetadata(Time done) {
    super.clearMetadata(done);
    batches.headMap(done.minus(rememberDuration()).milliseconds(), true).clear();
  }

  // #endregion clear

  /**
   * Returns how many page views of a batch were computed until now, by tasks that have ended. A
   * task that runs again counts again.
   *
   * @throws IllegalArgumentException if the engine no longer remembers the batch
   */
  public long computations(Time batchTime) {
    Generated batch = batches.get(batchTime.milliseconds());
    if (batch == null) {
      throw new IllegalArgumentException(batchTime + " is not remembered.");
    }
    return batch.computed().value();
  }

  /** Returns how many page views a batch has. */
  public long records(Time batchTime) {
    return (Long)
        context().scheduler().inputInfoTracker().getInfo(batchTime).get(id()).get().numRecords();
  }

  /** Returns which blocks there are now of all batches that are remembered. On any thread. */
  public Held held() {
    return Held.of(batches.values().stream().map(Generated::rddId).collect(Collectors.toSet()));
  }

  /**
   * Returns how many blocks had to leave the memory for others, since the driver has started. Comes
   * from Spark's listener bus, which may be a moment late.
   */
  public long evictions() {
    return evictions.count();
  }

  /**
   * Makes what each driver has for itself. Not in start(): the engine does not call that when it
   * comes from a checkpoint.
   */
  private void open() {
    ConcurrentSkipListMap<Long, Generated> generated = new ConcurrentSkipListMap<>();
    batches = generated;
    evictions = new Evictions(id -> generated.values().stream().anyMatch(b -> b.rddId() == id));
    context().sparkContext().addSparkListener(evictions);
  }
}
