package countingstreams.lesson01.exercises;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** Wrong: the function on the executor fills a copy of the list, and the copy stays there. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    return spark.parallelize(numbers, partitions);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    List<Integer> counts = new ArrayList<>();
    batch.foreachPartition(
        numbers -> {
          int count = 0;
          while (numbers.hasNext()) {
            numbers.next();
            count++;
          }
          counts.add(count);
        });
    return counts;
  }
}
