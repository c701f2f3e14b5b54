package countingstreams.lesson01.exercises;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: the first partitions are full before the last one gets anything. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    List<List<Long>> shares = new ArrayList<>();
    int size = (numbers.size() + partitions - 1) / partitions;
    for (int p = 0; p < partitions; p++) {
      int from = Math.min(p * size, numbers.size());
      int until = Math.min(from + size, numbers.size());
      shares.add(List.copyOf(numbers.subList(from, until)));
    }
    return spark.parallelize(shares, partitions).flatMap(List::iterator);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().map(List::size).collect();
  }
}
