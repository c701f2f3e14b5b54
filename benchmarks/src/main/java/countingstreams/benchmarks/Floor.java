package countingstreams.benchmarks;

import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.dstream.ConstantInputDStream;
import org.apache.spark.util.ManualClock;
import scala.reflect.ClassTag$;

/** The least a test run of a lesson can cost: starts Spark, runs one batch, stops. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class Floor {

  private Floor() {}

  public static void main(String[] args) throws InterruptedException {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("Floor")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "localhost")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.streaming.clock", "org.apache.spark.util.ManualClock");
    JavaSparkContext spark = new JavaSparkContext(conf);
    JavaStreamingContext context = new JavaStreamingContext(spark, Durations.seconds(1));
    new JavaDStream<>(
            new ConstantInputDStream<>(
                context.ssc(),
                spark.parallelize(List.of(1L, 2L)).rdd(),
                ClassTag$.MODULE$.<Long>apply(Long.class)),
            ClassTag$.MODULE$.<Long>apply(Long.class))
        .foreachRDD(rdd -> System.out.println(rdd.collect()));
    context.start();
    ((ManualClock) context.ssc().scheduler().clock()).advance(1000);
    while (context.ssc().scheduler().jobGenerator().lastProcessedBatch() == null) {
      context.awaitTerminationOrTimeout(10);
    }
    context.stop(true, false);
  }
}
