package countingstreams.lesson03.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Wrong: an RDD that the graph holds is of no use after a restart. */
public final class RunningTotals {

  public record Total(long views, long idle) implements Serializable {}

  private RunningTotals() {}

  public static JavaPairDStream<Long, Total> of(JavaDStream<Long> views, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(views.context().sparkContext());
    return views
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .updateStateByKey(
            RunningTotals::next,
            new HashPartitioner(partitions),
            spark.parallelizePairs(List.<Tuple2<Long, Total>>of()));
  }

  private static Optional<Total> next(List<Long> news, Optional<Total> before) {
    long sum = before.isPresent() ? before.get().views() : 0;
    for (long ones : news) {
      sum += ones;
    }
    long idle = news.isEmpty() ? before.get().idle() + 1 : 0;
    return Optional.of(new Total(sum, idle));
  }
}
