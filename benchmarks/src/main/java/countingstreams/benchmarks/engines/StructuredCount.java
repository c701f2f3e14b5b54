package countingstreams.benchmarks.engines;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import scala.Tuple2;

/** The count in Structured Streaming, with Spark's own source and sink for Kafka. */
final class StructuredCount {

  private StructuredCount() {}

  public static void main(String[] args) throws TimeoutException, StreamingQueryException {
    CountJob job = CountJob.ofThisProcess();
    SparkSession spark =
        SparkSession.builder()
            .appName("StructuredCount")
            .master("local[" + CountJob.PARTITIONS + "]")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", CountJob.PARTITIONS)
            .getOrCreate();
    count(spark, job).awaitTermination();
  }

  // #region count
  private static StreamingQuery count(SparkSession spark, CountJob job) throws TimeoutException {
    MapFunction<byte[], Long> page = key -> ByteBuffer.wrap(key).getLong();
    MapFunction<Tuple2<Long, Long>, Tuple2<byte[], byte[]>> bytes =
        count -> new Tuple2<>(bytes(count._1()), bytes(count._2()));
    Dataset<Long> pages =
        spark
            .readStream()
            .format("kafka")
            .option("kafka.bootstrap.servers", job.servers())
            .option("subscribe", job.input())
            .option("startingOffsets", "earliest")
            .option("maxOffsetsPerTrigger", job.atMost())
            .load()
            .select("key")
            .as(Encoders.BINARY())
            .map(page, Encoders.LONG());
    return pages
        .groupBy("value")
        .count()
        .as(Encoders.tuple(Encoders.LONG(), Encoders.LONG()))
        .map(bytes, Encoders.tuple(Encoders.BINARY(), Encoders.BINARY()))
        .toDF("key", "value")
        .writeStream()
        .outputMode("update")
        .format("kafka")
        .option("kafka.bootstrap.servers", job.servers())
        .option("kafka.linger.ms", 0)
        .option("topic", job.output())
        .option("checkpointLocation", job.directory("checkpoint"))
        .trigger(Trigger.ProcessingTime(job.intervalMs()))
        .start();
  }

  // #endregion count

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }
}
