package countingstreams.lesson03.exercises;

import countingstreams.lesson03.PageViewsDStream;
import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.util.KnownSizeEstimation;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.Map;
import scala.collection.immutable.Map$;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** By the interface: a map of Scala is a persistent hash map, once it has more than four pages. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class OwnState extends DStream<OwnState.Counts<Long>> {

  private static final long serialVersionUID = 1L;
  private static final ClassTag<Counts<Long>> COUNTS = ClassTag$.MODULE$.apply(Counts.class);

  /**
   * The views of the pages of one partition after a batch. It never changes: a batch makes another
   * one.
   *
   * @param <K> what a page is known by
   */
  public static final class Counts<K> implements KnownSizeEstimation, Serializable {

    private static final long serialVersionUID = 1L;

    private final Map<K, Long> views;

    /** No page has been viewed. */
    public Counts() {
      this(Map$.MODULE$.empty());
    }

    private Counts(Map<K, Long> views) {
      this.views = views;
    }

    /**
     * Returns the counts after a batch, which looks at the pages of the batch only. Called by a
     * task.
     *
     * @param batch pages, each once, with their views in this batch
     */
    @SuppressWarnings("unchecked") // Scala's updated returns a raw map, as Java sees it
    public Counts<K> plus(Iterator<Tuple2<K, Long>> batch) {
      Map<K, Long> all = views;
      while (batch.hasNext()) {
        Tuple2<K, Long> page = batch.next();
        long before = all.getOrElse(page._1(), () -> 0L);
        all = all.updated(page._1(), before + page._2());
      }
      return new Counts<>(all);
    }

    /** Returns all pages with their views so far. */
    public Iterator<Tuple2<K, Long>> pages() {
      return CollectionConverters.asJava(views.iterator());
    }

    /**
     * Returns about how many bytes this takes, without a look at its pages. Called by Spark, each
     * time it has put counts into memory. It believes what it is told.
     */
    @Override
    public long estimatedSize() {
      return 100L * (1 + views.size());
    }
  }

  private final PageViewsDStream views;
  private final int partitions;

  public OwnState(PageViewsDStream views, int partitions) {
    super(views.context(), COUNTS);
    this.views = views;
    this.partitions = partitions;
    // As objects, not as bytes: a batch would have to write its whole map, and the next to read it.
    persist(StorageLevel.MEMORY_ONLY());
  }

  /** Called by the engine on the driver, once a batch time, in order. */
  @Override
  public Option<RDD<Counts<Long>>> compute(Time batchTime) {
    // Nearly always there. After a restart the engine asks for batches that go back to the last one
    // whose counts are in a checkpoint.
    Option<RDD<Counts<Long>>> before = getOrCompute(batchTime.minus(slideDuration()));
    return Option.apply(
        next(
            before.isEmpty() ? noCounts() : before.get(),
            views.getOrCompute(batchTime).get(),
            partitions));
  }

  private RDD<Counts<Long>> noCounts() {
    List<Counts<Long>> oneEach = Collections.nCopies(partitions, new Counts<>());
    return JavaSparkContext.fromSparkContext(context().sparkContext())
        .parallelize(oneEach, partitions)
        .rdd();
  }

  /**
   * Returns the counts after a batch. Static: a function made in a method of the stream could hold
   * the stream.
   *
   * @param before the counts before it, one element a partition
   * @param batch the pages that were viewed, once for each view, in partitions of their own
   * @param partitions of the counts, before and after
   */
  private static RDD<Counts<Long>> next(RDD<Counts<Long>> before, RDD<Long> batch, int partitions) {
    // Spark deals pages to partitions by their hash: the same page to the same one, each batch.
    JavaPairRDD<Long, Long> views =
        batch
            .toJavaRDD()
            .mapToPair(page -> new Tuple2<Long, Long>(page, 1L))
            .reduceByKey(Long::sum, partitions);
    return before
        .toJavaRDD()
        .zipPartitions(views, (counts, news) -> List.of(counts.next().plus(news)).iterator())
        .rdd();
  }

  /** Has the engine write the counts to the checkpoint directory, every ten seconds. */
  @Override
  public boolean mustCheckpoint() {
    return true;
  }

  @Override
  public Duration slideDuration() {
    return views.slideDuration();
  }

  @Override
  public scala.collection.immutable.List<DStream<?>> dependencies() {
    return CollectionConverters.asScala(List.<DStream<?>>of(views)).toList();
  }
}
