package countingstreams.lesson04;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** The numbers in some ranges of a topic: the same ones each time it is computed. */
final class TopicRDD extends RDD<Long> {

  private static final long serialVersionUID = 1L;

  private final Topic topic;

  @SuppressWarnings("serial") // the list is serializable, though its type does not say so
  private final List<OffsetRange> ranges;

  /**
   * @param ranges one for each partition of the RDD
   */
  TopicRDD(SparkContext spark, Topic topic, List<OffsetRange> ranges) {
    super(
        spark,
        CollectionConverters.asScala(List.<Dependency<?>>of()).toSeq(),
        ClassTag$.MODULE$.apply(Long.class));
    this.topic = topic;
    this.ranges = new ArrayList<>(ranges);
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] partitions = new Partition[ranges.size()];
    for (int i = 0; i < partitions.length; i++) {
      int index = i;
      partitions[i] = () -> index;
    }
    return partitions;
  }

  // #region task
  /** Called by a task, on an executor: reads its range, no more and no less. */
  @Override
  public scala.collection.Iterator<Long> compute(Partition partition, TaskContext task) {
    OffsetRange range = ranges.get(partition.index());
    if (range.size() == 0) {
      return CollectionConverters.asScala(List.<Long>of().iterator());
    }
    return CollectionConverters.asScala(topic.read(range, task));
  }

  // #endregion task
}
