package countingstreams.structured02.exercises;

import java.io.IOException;
import java.io.UncheckedIOException;
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

/** Wrong: a DStream keeps its options in the checkpoint, and a query has those of each life. */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    long frozen = frozen(checkpoint, numbers);
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> list = batch.collectAsList().stream().sorted().toList();
          console.accept(line(id + 1, list, list.get(list.size() - 1) + 1));
        };
    return spark
        .readStream()
        .format("rate-micro-batch")
        .option("rowsPerBatch", frozen)
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

  private static long frozen(Path checkpoint, long numbers) {
    Path file = checkpoint.resolve("numbers.txt");
    try {
      if (!Files.exists(file)) {
        Files.writeString(file, String.valueOf(numbers));
      }
      return Long.parseLong(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
