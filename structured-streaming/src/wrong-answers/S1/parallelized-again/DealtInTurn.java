package countingstreams.structured01.exercises;

import countingstreams.lesson01.CountingApp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: all numbers come to the driver, which cuts them into slices. */
public final class DealtInTurn {

  private DealtInTurn() {}

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    VoidFunction2<Dataset<Long>, Long> print =
        (batch, id) -> {
          List<Long> sorted = new ArrayList<>(batch.collectAsList());
          Collections.sort(sorted);
          JavaRDD<Long> slices =
              spark.createDataset(sorted, Encoders.LONG()).javaRDD().repartition(partitions);
          CountingApp.lines(id + 1, slices).forEach(console);
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
