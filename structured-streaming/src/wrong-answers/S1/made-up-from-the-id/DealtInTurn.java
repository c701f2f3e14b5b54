package countingstreams.structured01.exercises;

import java.util.StringJoiner;
import java.util.function.Consumer;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: what a batch has is in the batch: those before it may have had other sizes. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          for (int partition = 0; partition < partitions; partition++) {
            StringJoiner list = new StringJoiner(" ");
            for (long j = partition; j < numbers; j += partitions) {
              list.add(String.valueOf(id * numbers + j));
            }
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
