package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Another way: each partition is counted as it goes by, without a list of it. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch
        .mapPartitions(
            numbers -> {
              int count = 0;
              while (numbers.hasNext()) {
                numbers.next();
                count++;
              }
              return List.of(count).iterator();
            })
        .collect();
  }
}
