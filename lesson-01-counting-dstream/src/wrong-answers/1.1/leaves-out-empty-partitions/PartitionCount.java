package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: an empty partition is a partition, and has a count of 0. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().filter(numbers -> !numbers.isEmpty()).map(List::size).collect();
  }
}
