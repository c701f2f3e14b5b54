package countingstreams.lesson01.exercises;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: nothing says that the partitions of a batch are equally full. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    long total = batch.count();
    int partitions = batch.getNumPartitions();
    return IntStream.range(0, partitions)
        .mapToObj(p -> (int) ((p + 1) * total / partitions - p * total / partitions))
        .toList();
  }
}
