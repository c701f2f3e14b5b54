package countingstreams.structured01.exercises;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: a line is printed only if there is something to print. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          int partition = 0;
          for (List<Long> list : batch.javaRDD().glom().collect()) {
            if (!list.isEmpty()) {
              console.accept(
                  "batch %d | partition %d | %s".formatted(id + 1, partition, spaced(list)));
            }
            partition++;
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
