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

/** Wrong: tasks run on executors: the variable is set in this JVM only, and their order is any. */
public final class DealtInTurn {

  private DealtInTurn() {}

  private static volatile Consumer<String> out;

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    out = console;
    VoidFunction2<Dataset<Long>, Long> print = (batch, id) -> printPartitions(id + 1, batch);
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

  private static void printPartitions(long batchNumber, Dataset<Long> batch) {
    ForeachPartitionFunction<Long> line =
        rows -> {
          StringJoiner list = new StringJoiner(" ");
          rows.forEachRemaining(number -> list.add(String.valueOf(number)));
          out.accept(
              "batch %d | partition %d | %s"
                  .formatted(batchNumber, TaskContext.getPartitionId(), list));
        };
    batch.foreachPartition(line);
  }
}
