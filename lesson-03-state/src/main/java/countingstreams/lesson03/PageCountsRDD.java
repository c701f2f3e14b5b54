package countingstreams.lesson03;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.RDDBlockId;
import scala.Option;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The page counts after a batch: one element a partition.
 *
 * <p>Its only parent is the batch. The counts before are not a parent, or each RDD would hold on to
 * all before it: it knows their number, under which Spark keeps them in memory, and the files to
 * read if they are not there.
 */
final class PageCountsRDD extends RDD<PageCounts> {

  private static final long serialVersionUID = 1L;
  static final ClassTag<PageCounts> PAGE_COUNTS = ClassTag$.MODULE$.apply(PageCounts.class);

  /** No RDD has this number. */
  static final int NOT_IN_MEMORY = -1;

  private final int previous;
  private final StateFiles files;

  @SuppressWarnings("serial") // the list is serializable, though its type does not say so
  private final List<Long> batchTimesBefore;

  private final long batchTime;

  /**
   * @param views the batch: pages, each once a partition, with their new views
   * @param previous the number of the RDD of the batch before, or {@link #NOT_IN_MEMORY}
   * @param batchTimesBefore the batches whose files hold the counts before, in order
   */
  PageCountsRDD(
      RDD<Tuple2<Long, Long>> views,
      int previous,
      StateFiles files,
      List<Long> batchTimesBefore,
      long batchTime) {
    super(views, PAGE_COUNTS);
    this.previous = previous;
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
        previous == NOT_IN_MEMORY
            ? Option.empty()
            : SparkEnv.get().blockManager().get(new RDDBlockId(previous, partition), PAGE_COUNTS);
    if (block.isEmpty()) {
      return files.read(batchTimesBefore, partition);
    }
    Iterator<Object> elements = block.get().data();
    PageCounts counts = (PageCounts) elements.next();
    elements.hasNext(); // At its end, the iterator releases the block.
    return counts;
  }

  // #endregion before

  @Override
  public Partition[] getPartitions() {
    return firstParent(ClassTag$.MODULE$.apply(Tuple2.class)).partitions();
  }
}
