package countingstreams.structured01.exercises;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.spark_partition_id;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Right: the driver knows how many partitions there are, and which have no rows. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          Map<Integer, List<Long>> lists = new TreeMap<>();
          for (int partition = 0; partition < partitions; partition++) {
            lists.put(partition, new ArrayList<>());
          }
          for (Row row : batch.select(col("value"), spark_partition_id()).collectAsList()) {
            lists.get(row.getInt(1)).add(row.getLong(0));
          }
          lists.forEach(
              (partition, list) ->
                  console.accept(
                      "batch %d | partition %d | %s".formatted(id + 1, partition, spaced(list))));
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
