package countingstreams.structured01.exercises;

import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.spark_partition_id;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: rows are grouped by partition, and an empty one has no rows. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Row> groups =
              batch
                  .groupBy(spark_partition_id().as("partition"))
                  .agg(collect_list("value"))
                  .orderBy("partition")
                  .collectAsList();
          for (Row group : groups) {
            console.accept(
                "batch %d | partition %d | %s"
                    .formatted(id + 1, group.getInt(0), spaced(group.getList(1))));
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

  private static String spaced(List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }
}
