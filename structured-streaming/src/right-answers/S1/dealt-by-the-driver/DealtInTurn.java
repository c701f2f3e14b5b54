package countingstreams.structured01.exercises;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Right: the driver deals the numbers of the batch out as the source does. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> all = new ArrayList<>(batch.collectAsList());
          Collections.sort(all);
          for (int partition = 0; partition < partitions; partition++) {
            List<Long> list = new ArrayList<>();
            for (int j = partition; j < all.size(); j += partitions) {
              list.add(all.get(j));
            }
            console.accept(
                "batch %d | partition %d | %s".formatted(id + 1, partition, spaced(list)));
          }
        };
    return spark
        .readStream()
        .format("rate-micro-batch")
        .option("rowsPerBatch", numbers)
        .option("numPartitions", partitions)
        .load()
        .select("value")
        .as(Encoders.LONG())
        .writeStream()
        .foreachBatch(print);
  }

  private static String spaced(List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }
}
