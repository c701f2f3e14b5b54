package countingstreams.lesson01.exercises;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Another way: the index of the partition is the key, and those without numbers are 0. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    Map<Integer, Long> counts =
        batch
            .mapPartitionsWithIndex(
                (index, numbers) -> {
                  List<Integer> indices = new ArrayList<>();
                  numbers.forEachRemaining(number -> indices.add(index));
                  return indices.iterator();
                },
                true)
            .countByValue();
    return IntStream.range(0, batch.getNumPartitions())
        .mapToObj(p -> counts.getOrDefault(p, 0L).intValue())
        .toList();
  }
}
