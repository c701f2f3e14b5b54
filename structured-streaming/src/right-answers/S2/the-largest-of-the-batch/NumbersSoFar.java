package countingstreams.structured02.exercises;

import static org.apache.spark.sql.functions.max;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Right: Spark sorts, and finds the largest. */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> list = batch.orderBy("value").collectAsList();
          long last = batch.agg(max("value")).first().getLong(0);
          console.accept(line(id + 1, list, last + 1));
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
