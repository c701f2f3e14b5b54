package countingstreams.lesson01.exercises;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: dealt like cards, the numbers are even but no longer in order. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    List<List<Long>> shares = new ArrayList<>();
    int size = numbers.size();
    for (int p = 0; p < partitions; p++) {
      List<Long> share = new ArrayList<>();
      for (int i = p; i < size; i += partitions) {
        share.add(numbers.get(i));
      }
      shares.add(share);
    }
    return spark.parallelize(shares, partitions).flatMap(List::iterator);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    return batch.glom().map(List::size).collect();
  }
}
