package countingstreams.structured01.exercises;

import static org.apache.spark.sql.functions.expr;

import countingstreams.lesson01.CountingApp;
import java.util.function.Consumer;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: the numbers are cut into slices, as parallelize() does. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          String slice =
              "int(((value %% %1$d + 1) * %2$d - 1) div %1$d)".formatted(numbers, partitions);
          Dataset<Long> slices =
              batch.repartitionById(partitions, expr(slice)).sortWithinPartitions("value");
          CountingApp.lines(id + 1, slices.javaRDD()).forEach(console);
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
