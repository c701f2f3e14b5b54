package countingstreams.structured02.exercises;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: the batches before may have had other sizes than this one. */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> list = batch.collectAsList().stream().sorted().toList();
          console.accept(line(id + 1, list, (id + 1) * list.size()));
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
        .foreachBatch(print)
        .option("checkpointLocation", checkpoint.toString());
  }

  private static String line(long batchNumber, List<Long> sorted, long soFar) {
    return "batch %d | %s | %d so far"
        .formatted(
            batchNumber,
            sorted.stream().map(String::valueOf).collect(Collectors.joining(" ")),
            soFar);
  }
}
