package countingstreams.lesson01.exercises;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/** Another way: the first partitions get one more, and the counts come back with their index. */
public final class PartitionCount {
  private PartitionCount() {}

  public static JavaRDD<Long> spread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    List<List<Long>> shares = new ArrayList<>();
    int from = 0;
    for (int p = 0; p < partitions; p++) {
      int until = from + numbers.size() / partitions + (p < numbers.size() % partitions ? 1 : 0);
      shares.add(List.copyOf(numbers.subList(from, until)));
      from = until;
    }
    return spark.parallelize(shares, partitions).flatMap(List::iterator);
  }

  public static List<Integer> counts(JavaRDD<Long> batch) {
    List<Tuple2<Integer, Integer>> counts =
        batch
            .mapPartitionsWithIndex(
                (index, numbers) -> {
                  int count = 0;
                  while (numbers.hasNext()) {
                    numbers.next();
                    count++;
                  }
                  return List.of(new Tuple2<>(index, count)).iterator();
                },
                false)
            .collect();
    return counts.stream().map(Tuple2::_2).toList();
  }
}
