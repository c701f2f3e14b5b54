package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: three numbers get three partitions, though five are asked for. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, Math.max(1, Math.min(partitions, numbers.size())));
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().map(List::size).collect();
  }
}
