package countingstreams.structured01.exercises;

import java.util.List;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Right: an RDD can say the index of each partition. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) ->
            batch
                .javaRDD()
                .mapPartitionsWithIndex(
                    (partition, rows) -> {
                      StringJoiner list = new StringJoiner(" ");
                      rows.forEachRemaining(number -> list.add(String.valueOf(number)));
                      return List.of(
                              "batch %d | partition %d | %s".formatted(id + 1, partition, list))
                          .iterator();
                    },
                    true)
                .collect()
                .forEach(console);
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
