package countingstreams.structured02.exercises;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Right: one partition has them all, and a task makes the line. */
public final class NumbersSoFar {

  private NumbersSoFar() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, Path checkpoint, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) ->
            batch
                .coalesce(1)
                .sortWithinPartitions("value")
                .mapPartitions(
                    (MapPartitionsFunction<Long, String>) NumbersSoFar::text, Encoders.STRING())
                .collectAsList()
                .forEach(text -> console.accept("batch %d | %s so far".formatted(id + 1, text)));
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

  private static Iterator<String> text(Iterator<Long> sorted) {
    StringJoiner list = new StringJoiner(" ");
    long last = -1;
    while (sorted.hasNext()) {
      last = sorted.next();
      list.add(String.valueOf(last));
    }
    return List.of(list + " | " + (last + 1)).iterator();
  }
}
