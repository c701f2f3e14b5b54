package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: glom without map brings every number to the driver, only to count them there. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().collect().stream().map(List::size).toList();
  }
}
