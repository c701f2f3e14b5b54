package countingstreams.lesson03;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.ExecutorCacheTaskLocation;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.RDDBlockId;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The page counts after a batch: one element a partition.
 *
 * <p>Its only parent is the batch. The counts before are not a parent, or each RDD would hold on to
 * all before it: it knows the id of their RDD, under which Spark keeps them in memory, and the
 * files to read if they are not there.
 */
final class PageCountsRDD extends RDD<PageCounts> {

  private static final long serialVersionUID = 1L;
  static final ClassTag<PageCounts> PAGE_COUNTS = ClassTag$.MODULE$.apply(PageCounts.class);

  /** No RDD has this id. */
  static final int NO_RDD = -1;

  private final int previousRdd;
  private final StateFiles files;

  @SuppressWarnings("serial") // the list is serializable, though its type does not say so
  private final List<Long> batchTimesBefore;

  private final long batchTime;

  /**
   * @param views the batch: pages, each once a partition, with their new views
   * @param previousRdd the id of the RDD of the batch before, or {@link #NO_RDD}
   * @param batchTimesBefore the batches whose files hold the counts before, in order
   */
  PageCountsRDD(
      RDD<Tuple2<Long, Long>> views,
      int previousRdd,
      StateFiles files,
      List<Long> batchTimesBefore,
      long batchTime) {
    super(views, PAGE_COUNTS);
    this.previousRdd = previousRdd;
    this.files = files;
    this.batchTimesBefore = batchTimesBefore;
    this.batchTime = batchTime;
  }

  // #region task
  /** Called by a task: once a batch and partition, or again if what it gave was lost. */
  @Override
  public Iterator<PageCounts> compute(Partition partition, TaskContext task) {
    try {
      PageCounts counts =
          before(partition.index()).plus(CollectionConverters.asJava(views(partition, task)));
      files.write(batchTime, partition.index(), counts);
      return CollectionConverters.asScala(List.of(counts).iterator());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // #endregion task

  private Iterator<Tuple2<Long, Long>> views(Partition partition, TaskContext task) {
    return this.<Tuple2<Long, Long>>firstParent(ClassTag$.MODULE$.apply(Tuple2.class))
        .iterator(partition, task);
  }

  // #region before
  private PageCounts before(int partition) throws IOException {
    Option<BlockResult> block =
        previousRdd == NO_RDD
            ? Option.empty()
            : SparkEnv.get()
                .blockManager()
                .get(new RDDBlockId(previousRdd, partition), PAGE_COUNTS);
    if (block.isEmpty()) {
      return files.read(batchTimesBefore, partition);
    }
    Iterator<Object> elements = block.get().data();
    PageCounts counts = (PageCounts) elements.next();
    elements.hasNext(); // At its end, the iterator releases the block.
    return counts;
  }

  // #endregion before

  // #region preferred-locations
  /**
   * Where the counts before are in memory: to a task anywhere else, all of them would be sent.
   * Called on the driver.
   */
  @Override
  public Seq<String> getPreferredLocations(Partition partition) {
    if (previousRdd == NO_RDD) {
      return super.getPreferredLocations(partition);
    }
    RDDBlockId before = new RDDBlockId(previousRdd, partition.index());
    List<String> executors = new ArrayList<>();
    for (BlockManagerId at :
        CollectionConverters.asJava(SparkEnv.get().blockManager().master().getLocations(before))) {
      executors.add(new ExecutorCacheTaskLocation(at.host(), at.executorId()).toString());
    }
    return CollectionConverters.asScala(executors).toList();
  }

  // #endregion preferred-locations

  @Override
  public Partition[] getPartitions() {
    return firstParent(ClassTag$.MODULE$.apply(Tuple2.class)).partitions();
  }
}
