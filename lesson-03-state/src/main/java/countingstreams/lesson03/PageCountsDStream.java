package countingstreams.lesson03;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import org.apache.spark.util.SerializableConfiguration;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Running page views by a state stream of our own: each batch's RDD holds the counts after it, and
 * costs what the batch changes.
 *
 * <p>Needs a checkpoint directory: its files are in a folder there. Batches have to complete in the
 * order of time, which they do unless {@code spark.streaming.concurrentJobs} is more than 1.
 *
 * <p>A partition's file is written when it is computed. So in each batch an output operation has to
 * read all partitions: {@code print()} and {@code take} may stop before the last. If one was not
 * computed, because of that or because the batch has failed, the batches after it fail, too: they
 * never give wrong counts.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class PageCountsDStream extends DStream<PageCounts> {

  private static final long serialVersionUID = 1L;

  private final PageViewsDStream views;
  private final int partitions;
  private final FileRecord record = new FileRecord();

  /** Not part of the checkpoint: each driver has its own. */
  private transient Broadcast<SerializableConfiguration> hadoop;

  /**
   * Adds the stream to a context that has not been started.
   *
   * @param views the input; its id names the folder, so it can have one stream of counts
   * @param partitions of the counts, 1 or more
   */
  public PageCountsDStream(PageViewsDStream views, int partitions) {
    super(views.context(), PageCountsRDD.PAGE_COUNTS);
    this.views = views;
    this.partitions = partitions;
    persist(StorageLevel.MEMORY_ONLY());
  }

  /** Called by the engine at the start, and refuses it if there is nowhere to write to. */
  @Override
  public void initialize(Time zeroTime) {
    if (context().checkpointDir() == null) {
      throw new IllegalStateException("Page counts need a checkpoint directory.");
    }
    super.initialize(zeroTime);
  }

  // #region compute
  /** Returns the counts after a batch. Called on the driver, once a batch time, in order. */
  @Override
  public Option<RDD<PageCounts>> compute(Time batchTime) {
    Option<RDD<Long>> batch = views.getOrCompute(batchTime);
    if (batch.isEmpty()) {
      throw new IllegalStateException("No RDD for " + batchTime + ": give an empty one.");
    }
    Option<RDD<PageCounts>> previous = generatedRDDs().get(batchTime.minus(slideDuration()));
    List<Long> before = List.copyOf(record.batchTimes.headSet(batchTime.milliseconds()));
    record.batchTimes.add(batchTime.milliseconds());
    return Option.apply(
        new PageCountsRDD(
            viewsByPage(batch.get(), partitions),
            previous.isEmpty() ? PageCountsRDD.NO_RDD : previous.get().id(),
            files(),
            new ArrayList<>(before),
            batchTime.milliseconds()));
  }

  // #endregion compute

  /** Static: a function made in a method of the stream could hold the stream. */
  private static RDD<Tuple2<Long, Long>> viewsByPage(RDD<Long> views, int partitions) {
    JavaPairRDD<Long, Long> ones =
        views.toJavaRDD().mapToPair(page -> new Tuple2<Long, Long>(page, 1L));
    return ones.reduceByKey(Long::sum, partitions).rdd();
  }

  /** The checkpoint directory may be another one after a restart. */
  private StateFiles files() {
    if (hadoop == null) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
      hadoop = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    }
    return new StateFiles(
        context().checkpointDir() + "/page-counts-" + views.id(),
        slideDuration().milliseconds(),
        hadoop);
  }

  /** Returns all pages with their views so far, in each batch. */
  public JavaPairDStream<Long, Long> totals() {
    return JavaDStream.fromDStream(this, PageCountsRDD.PAGE_COUNTS)
        .flatMapToPair(PageCounts::iterator);
  }

  @Override
  public Duration slideDuration() {
    return views.slideDuration();
  }

  @Override
  public scala.collection.immutable.List<DStream<?>> dependencies() {
    return CollectionConverters.asScala(List.<DStream<?>>of(views)).toList();
  }

  @Override
  public DStreamCheckpointData<PageCounts> checkpointData() {
    return record;
  }

  /**
   * Which batches' files make up the counts. Part of the checkpoint: a stream that comes from one
   * takes the counts before its first batch from them. Called on the thread that generates jobs.
   */
  private final class FileRecord extends DStreamCheckpointData<PageCounts> {

    private static final long serialVersionUID = 1L;

    /** In milliseconds. Consecutive: a restart generates the batches of the down time. */
    private final TreeSet<Long> batchTimes = new TreeSet<>();

    private final KeptCheckpoints checkpoints = new KeptCheckpoints();

    FileRecord() {
      super(PageCountsDStream.this, PageCountsRDD.PAGE_COUNTS);
    }

    @Override
    public void update(Time checkpointTime) {
      checkpoints.add(checkpointTime, views.firstToRunAgain(checkpointTime));
    }

    /**
     * Deletes the files that no checkpoint asks for. One that does asks for the counts before its
     * first batch: they are in the files of one cycle before that.
     */
    @Override
    public void cleanup(Time done) {
      long first = checkpoints.firstToRunAgain(done);
      long kept = StateFiles.CYCLE * slideDuration().milliseconds();
      SortedSet<Long> notNeeded = batchTimes.headSet(first - kept);
      for (Iterator<Long> old = notNeeded.iterator(); old.hasNext(); old.remove()) {
        try {
          files().delete(old.next());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    /** The record has come back with the stream: nothing to rebuild. */
    @Override
    public void restore() {}
  }
}
