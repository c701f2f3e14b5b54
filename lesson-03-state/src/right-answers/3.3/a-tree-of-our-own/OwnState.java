package countingstreams.lesson03.exercises;

import countingstreams.lesson03.PageViewsDStream;
import java.io.Serializable;
import java.util.ArrayList;
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
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** A binary tree by hash: a change copies the path to it. */
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

    private final Node<K> root;
    private final int size;

    /** No page has been viewed. */
    public Counts() {
      this(null, 0);
    }

    private Counts(Node<K> root, int size) {
      this.root = root;
      this.size = size;
    }

    /** Pages with a smaller hash are on the left. Those with the same one are on the right, too. */
    private record Node<K>(int hash, K page, long views, Node<K> left, Node<K> right)
        implements Serializable {

      static int hash(Object page) {
        return page.hashCode() * 0x9E3779B9; // spread, or pages in order would make a list
      }

      static <K> long viewsOf(Node<K> node, int hash, K page) {
        for (Node<K> next = node; next != null; ) {
          if (hash == next.hash && next.page.equals(page)) {
            return next.views;
          }
          next = hash < next.hash ? next.left : next.right;
        }
        return 0;
      }

      static <K> Node<K> with(Node<K> node, int hash, K page, long views) {
        if (node == null) {
          return new Node<>(hash, page, views, null, null);
        }
        if (hash == node.hash && node.page.equals(page)) {
          return new Node<>(hash, page, views, node.left, node.right);
        }
        return hash < node.hash
            ? new Node<>(
                node.hash, node.page, node.views, with(node.left, hash, page, views), node.right)
            : new Node<>(
                node.hash, node.page, node.views, node.left, with(node.right, hash, page, views));
      }

      static <K> void collect(Node<K> node, List<Tuple2<K, Long>> pages) {
        if (node != null) {
          collect(node.left, pages);
          pages.add(new Tuple2<>(node.page, node.views));
          collect(node.right, pages);
        }
      }
    }

    /**
     * Returns the counts after a batch, which looks at the pages of the batch only. Called by a
     * task.
     *
     * @param batch pages, each once, with their views in this batch
     */
    public Counts<K> plus(Iterator<Tuple2<K, Long>> batch) {
      Node<K> all = root;
      int pages = size;
      while (batch.hasNext()) {
        Tuple2<K, Long> page = batch.next();
        int hash = Node.hash(page._1());
        long before = Node.viewsOf(all, hash, page._1());
        pages += before == 0 ? 1 : 0;
        all = Node.with(all, hash, page._1(), before + page._2());
      }
      return new Counts<>(all, pages);
    }

    /** Returns all pages with their views so far. */
    public Iterator<Tuple2<K, Long>> pages() {
      List<Tuple2<K, Long>> pages = new ArrayList<>();
      Node.collect(root, pages);
      return pages.iterator();
    }

    /**
     * Returns about how many bytes this takes, without a look at its pages. Called by Spark, each
     * time it has put counts into memory. It believes what it is told.
     */
    @Override
    public long estimatedSize() {
      return 80L * size;
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
