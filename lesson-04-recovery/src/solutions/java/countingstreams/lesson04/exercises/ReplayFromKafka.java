package countingstreams.lesson04.exercises;

import countingstreams.lesson04.OffsetRange;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.InputDStream;
import scala.Option;
import scala.reflect.ClassTag$;

/** Exercise 4.4, Replay from Kafka: a batch that runs again reads what it has read before. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ReplayFromKafka extends InputDStream<Long> {

  private static final long serialVersionUID = 1L;

  /** Opens consumers of Kafka that begin nowhere by themselves and commit nothing. */
  public interface Kafka extends Serializable {

    /** Returns a new consumer, which is to be closed. */
    Consumer<byte[], Long> consumer();
  }

  /** Files beside the checkpoint, which a crash leaves as they are. Used on the driver. */
  public interface Log extends Serializable {

    /** Returns what was written down for a batch, or null. */
    OffsetRange get(long batchTime);

    /** Returns what was written down last, or null. */
    OffsetRange last();

    /** Writes down what a batch gets. When this returns, it is on disk. */
    void put(long batchTime, OffsetRange range);
  }

  private final Kafka kafka;
  private final String topic;
  private final Log log;

  /**
   * @param topic the topic; it has one partition, 0
   */
  public ReplayFromKafka(StreamingContext context, Kafka kafka, String topic, Log log) {
    super(context, ClassTag$.MODULE$.apply(Long.class));
    this.kafka = kafka;
    this.topic = topic;
    this.log = log;
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return Option.apply(rdd(spark, kafka, topic, rangeOf(batchTime)));
  }

  /**
   * Returns which offsets a batch gets: what has come since the batch before, from the first that
   * Kafka has on. A batch that runs again gets what it had, whenever the driver was killed. Called
   * on the driver.
   */
  private OffsetRange rangeOf(Time batchTime) {
    OffsetRange range = log.get(batchTime.milliseconds());
    if (range == null) {
      range = next();
      log.put(batchTime.milliseconds(), range); // before there is a job that could read it
    }
    return range;
  }

  private OffsetRange next() {
    List<TopicPartition> partition = List.of(new TopicPartition(topic, 0));
    try (Consumer<byte[], Long> consumer = kafka.consumer()) {
      OffsetRange last = log.last();
      long from =
          last == null ? consumer.beginningOffsets(partition).get(partition.get(0)) : last.until();
      return new OffsetRange(0, from, end(consumer, partition.get(0)));
    }
  }

  /**
   * Returns the numbers of a range, no more and no less. Called by a task, on an executor.
   *
   * @throws RuntimeException if Kafka does not have all of it any more
   */
  private static List<Long> read(Kafka kafka, String topic, OffsetRange range) {
    TopicPartition partition = new TopicPartition(topic, 0);
    List<Long> numbers = new ArrayList<>();
    try (Consumer<byte[], Long> consumer = kafka.consumer()) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, range.from());
      while (consumer.position(partition) < range.until()) {
        ConsumerRecords<byte[], Long> polled = consumer.poll(Duration.ofSeconds(1));
        if (polled.isEmpty() && end(consumer, partition) < range.until()) {
          throw new IllegalStateException("Kafka ends before " + range.until());
        }
        for (ConsumerRecord<byte[], Long> record : polled) {
          if (record.offset() < range.until()) {
            numbers.add(record.value());
          }
        }
      }
    }
    return numbers;
  }

  private static long end(Consumer<byte[], Long> consumer, TopicPartition partition) {
    return consumer.endOffsets(List.of(partition)).get(partition);
  }

  /** Static: the function that goes to executors must not hold the stream. */
  private static RDD<Long> rdd(
      JavaSparkContext spark, Kafka kafka, String topic, OffsetRange range) {
    return spark
        .parallelize(List.of(range), 1)
        .flatMap(one -> read(kafka, topic, one).iterator())
        .rdd();
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}
}
