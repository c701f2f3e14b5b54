package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Exercise 1.1, Partition count: the numbers of a batch, spread over partitions. */
public final class PartitionCount {

  private PartitionCount() {}

  /**
   * Returns the numbers as an RDD of so many partitions: in the order of the list, and as many
   * numbers in each partition as in the others, give or take one.
   */
  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    // TODO 1.1: put the numbers into an RDD with that many partitions
    throw new UnsupportedOperationException("TODO 1.1: put the numbers into an RDD");
  }

  /** Returns how many numbers each partition of a batch holds, in the order of partitions. */
  public static List<Integer> counts(JavaRDD<Long> batch) {
    // TODO 1.1: count where the partitions are, not on the driver
    throw new UnsupportedOperationException("TODO 1.1: count the numbers of each partition");
  }
}
