package countingstreams.structured01.exercises;

import java.util.List;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: partition 10 comes before partition 2 in the order of texts. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          MapPartitionsFunction<Long, String> line =
              rows -> {
                StringJoiner list = new StringJoiner(" ");
                rows.forEachRemaining(number -> list.add(String.valueOf(number)));
                return List.of("partition %d | %s".formatted(TaskContext.getPartitionId(), list))
                    .iterator();
              };
          batch
              .mapPartitions(line, Encoders.STRING())
              .orderBy("value")
              .collectAsList()
              .forEach(text -> console.accept("batch %d | %s".formatted(id + 1, text)));
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
