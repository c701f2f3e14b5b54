package countingstreams.structured01.exercises;

import java.util.StringJoiner;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: the console is on the driver, and does not travel. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          ForeachPartitionFunction<Long> line =
              rows -> {
                StringJoiner list = new StringJoiner(" ");
                rows.forEachRemaining(number -> list.add(String.valueOf(number)));
                console.accept(
                    "batch %d | partition %d | %s"
                        .formatted(id + 1, TaskContext.getPartitionId(), list));
              };
          batch.foreachPartition(line);
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
