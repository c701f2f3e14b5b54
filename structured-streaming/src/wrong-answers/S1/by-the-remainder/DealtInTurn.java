package countingstreams.structured01.exercises;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: which partition comes first depends on the batch, not on the number. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> all = batch.collectAsList();
          for (int i = 0; i < partitions; i++) {
            int partition = i;
            String list =
                all.stream()
                    .filter(number -> number % partitions == partition)
                    .sorted()
                    .map(String::valueOf)
                    .collect(Collectors.joining(" "));
            console.accept("batch %d | partition %d | %s".formatted(id + 1, partition, list));
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
}
