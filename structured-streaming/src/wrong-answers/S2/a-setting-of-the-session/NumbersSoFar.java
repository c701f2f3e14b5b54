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

/** Wrong: the session's folder is for all queries, and each gets a new one in it. */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    spark.conf().set("spark.sql.streaming.checkpointLocation", checkpoint.toString());
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> list = batch.collectAsList().stream().sorted().toList();
          console.accept(line(id + 1, list, list.get(list.size() - 1) + 1));
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

  private static String line(long batchNumber, List<Long> sorted, long soFar) {
    return "batch %d | %s | %d so far"
        .formatted(
            batchNumber,
            sorted.stream().map(String::valueOf).collect(Collectors.joining(" ")),
            soFar);
  }
}
