package countingstreams.structured02.exercises;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/**
 * Wrong: the file is written before Spark writes the batch down, and is ahead if it comes again.
 */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> list = batch.collectAsList().stream().sorted().toList();
          Path file = checkpoint.resolve("so-far.txt");
          long soFar = Files.exists(file) ? Long.parseLong(Files.readString(file)) : first(list);
          soFar += list.size();
          console.accept(line(id + 1, list, soFar));
          Files.writeString(file, String.valueOf(soFar));
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

  private static long first(List<Long> sorted) {
    return sorted.get(0);
  }
}
