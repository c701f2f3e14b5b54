package countingstreams.lesson01.exercises;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: seven numbers in threes of two leave one over. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    List<List<Long>> shares = new ArrayList<>();
    int size = numbers.size() / partitions;
    for (int p = 0; p < partitions; p++) {
      shares.add(List.copyOf(numbers.subList(p * size, (p + 1) * size)));
    }
    return spark.parallelize(shares, partitions).flatMap(List::iterator);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().map(List::size).collect();
  }
}
