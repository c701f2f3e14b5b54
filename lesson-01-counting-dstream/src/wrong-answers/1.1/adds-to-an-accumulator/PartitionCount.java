package countingstreams.lesson01.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;

/** Wrong: an accumulator gets the counts in the order in which the partitions are done. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    CollectionAccumulator<Integer> counts = new CollectionAccumulator<>();
    batch.context().register(counts);
    batch.foreachPartition(
        numbers -> {
          int count = 0;
          while (numbers.hasNext()) {
            numbers.next();
            count++;
          }
          counts.add(count);
        });
    return counts.value();
  }
}
