package countingstreams.benchmarks;

import countingstreams.lesson01.NumberRange;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStream;
import org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider;
import org.apache.spark.sql.streaming.StreamingQuery;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The same count by Structured Streaming, its state in RocksDB. A batch lasts from its input until
 * the query has seen that there is no more.
 */
final class StructuredJob implements StateJob {

  private static final Encoder<Tuple2<Long, Long>> PAIR =
      Encoders.tuple(Encoders.LONG(), Encoders.LONG());

  private final SparkSession spark;
  private final Workload workload;
  private final Path checkpoint;

  /** The workload's ranges: the views themselves are born in the partitions. */
  private final MemoryStream<Tuple2<Long, Long>> input;

  private final StreamingQuery query;
  private long batch;
  private volatile Long output;

  StructuredJob(SparkConf conf, Workload workload, Path checkpoint, boolean changelog)
      throws Exception {
    conf.set("spark.sql.shuffle.partitions", String.valueOf(Workload.PARTITIONS));
    conf.set(
        "spark.sql.streaming.stateStore.providerClass", RocksDBStateStoreProvider.class.getName());
    conf.set(
        "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled",
        String.valueOf(changelog));
    conf.set("spark.sql.streaming.pollingDelay", "1"); // else a batch can begin 10 ms late
    this.spark =
        (SparkSession) org.apache.spark.sql.SparkSession.builder().config(conf).getOrCreate();
    this.workload = workload;
    this.checkpoint = checkpoint;
    this.input = new MemoryStream<>(0, spark, Option.apply(Workload.PARTITIONS), PAIR);
    FlatMapFunction<Tuple2<Long, Long>, Long> pages =
        range -> LongStream.range(range._1(), range._2()).map(workload::pageOf).boxed().iterator();
    VoidFunction2<Dataset<Tuple2<Long, Long>>, Long> output =
        (counts, id) -> this.output = checksum(counts);
    this.query =
        input
            .toDS()
            .flatMap(pages, Encoders.LONG())
            .groupBy("value")
            .count()
            .as(PAIR)
            .writeStream()
            .outputMode("update")
            .option("checkpointLocation", checkpoint.toUri().toString())
            .foreachBatch(output)
            .start();
  }

  @Override
  public long batch() throws Exception {
    batch++;
    output = null;
    NumberRange views = workload.viewsOf(batch);
    long middle = (views.from() + views.until()) / 2;
    input.addData(
        CollectionConverters.asScala(
            List.of(new Tuple2<>(views.from(), middle), new Tuple2<>(middle, views.until()))));
    query.processAllAvailable();
    if (output == null) {
      throw new IllegalStateException("A batch had no output.");
    }
    return output;
  }

  /** Reads them from the checkpoint. */
  @Override
  public long totals() {
    return checksum(
        spark
            .read()
            .format("statestore")
            .load(checkpoint.toUri().toString())
            .select("key.value", "value.count")
            .as(PAIR));
  }

  private static long checksum(Dataset<Tuple2<Long, Long>> counts) {
    return Checksum.of(counts.toJavaRDD().mapToPair(count -> count));
  }
}
