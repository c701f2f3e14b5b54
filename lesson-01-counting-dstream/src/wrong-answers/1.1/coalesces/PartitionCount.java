package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: coalesce can make partitions fewer, but not more. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers).coalesce(partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().map(List::size).collect();
  }
}
