package countingstreams.benchmarks.engines;

import countingstreams.lesson03.PageCounts;
import countingstreams.lesson03.PageCountsDStream;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.lesson04.DirectPageViewsDStream;
import countingstreams.lesson04.KafkaTopic;
import java.util.Iterator;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** The count on DStreams: lesson 4's direct stream, lesson 3's state. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class DStreamsCount {

  private static final int PATIENCE_MS = 60_000;

  private DStreamsCount() {}

  public static void main(String[] args) throws InterruptedException {
    CountJob job = CountJob.ofThisProcess();
    JavaStreamingContext context =
        JavaStreamingContext.getOrCreate(job.directory("checkpoint"), () -> create(job));
    context.start();
    context.awaitTermination();
  }

  // #region count
  private static JavaStreamingContext create(CountJob job) {
    SparkConf conf =
        new SparkConf()
            .setAppName("DStreamsCount")
            .setMaster("local[" + CountJob.PARTITIONS + "]")
            .set("spark.ui.enabled", "false");
    JavaStreamingContext context =
        new JavaStreamingContext(conf, Durations.milliseconds(job.intervalMs()));
    context.checkpoint(job.directory("checkpoint"));
    KafkaTopic input = new KafkaTopic(job.servers(), job.input(), PATIENCE_MS);
    PageViewsDStream views =
        new DirectPageViewsDStream(context.ssc(), input, job.atMost(), job.pages());
    PageCountsDStream counts = new PageCountsDStream(views, CountJob.PARTITIONS);
    String servers = job.servers(); // The functions become part of the checkpoint.
    String output = job.output();
    JavaDStream.fromDStream(counts, ClassTag$.MODULE$.<PageCounts>apply(PageCounts.class))
        .foreachRDD(
            batch -> batch.foreachPartition(partition -> write(partition, servers, output)));
    return context;
  }

  // #endregion count

  /** Called by a task. */
  private static void write(Iterator<PageCounts> partition, String servers, String output) {
    SharedProducer producer = SharedProducer.to(servers, output);
    while (partition.hasNext()) {
      CollectionConverters.asJava(partition.next().changed().iterator())
          .forEachRemaining(count -> producer.send(count._1(), count._2()));
    }
    producer.flush();
  }
}
