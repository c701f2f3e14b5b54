package countingstreams.lesson04.exercises;

import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.InputDStream;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** Exercise 4.6, After the weekend: a long down time, and no flood. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class AfterTheWeekend extends InputDStream<Long> {

  private static final long serialVersionUID = 1L;

  /** Where the numbers come from: 0, 1, 2 and so on. They wait there until a batch gets them. */
  public interface Source extends Serializable {

    /** Returns how many numbers there have been. Their producers know no weekend. */
    long end();
  }

  /** Files beside the checkpoint, which a crash leaves as they are. Used on the driver. */
  public interface Log extends Serializable {

    /** Returns what was written down for a batch, or null. */
    NumberRange get(long batchTime);

    /** Returns what was written down last, or null. */
    NumberRange last();

    /** Writes down what a batch gets. When this returns, it is on disk. */
    void put(long batchTime, NumberRange range);
  }

  private final Source source;
  private final Log log;
  private final long mostPerBatch;
  private final long mostQueued;

  /**
   * @param mostPerBatch how many numbers a batch may have
   * @param mostQueued how many numbers the batches may have together that wait or run
   */
  public AfterTheWeekend(
      StreamingContext context, Source source, Log log, long mostPerBatch, long mostQueued) {
    super(context, ClassTag$.MODULE$.apply(Long.class));
    this.source = source;
    this.log = log;
    this.mostPerBatch = mostPerBatch;
    this.mostQueued = mostQueued;
  }

  /** Gives a batch that runs again what it had, and another one the next numbers. */
  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    NumberRange range = log.get(batchTime.milliseconds());
    if (range == null) {
      long from = log.last() == null ? 0 : log.last().until();
      range = new NumberRange(from, from + howMany(batchTime, source.end() - from));
      log.put(batchTime.milliseconds(), range);
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return Option.apply(spark.parallelize(range.toList(), 1).rdd());
  }

  /**
   * Returns how many numbers a batch gets that was never generated before: as many as wait in the
   * source, but no more than a batch may have, and no more than there is room for in the queue. If
   * batches that run again have filled it, or more than that, none. Called on the driver.
   *
   * @param waiting how many numbers no batch has got yet
   */
  private long howMany(Time batchTime, long waiting) {
    long queued = 0;
    for (Time pending : CollectionConverters.asJava(context().scheduler().getPendingTimes())) {
      queued += log.get(pending.milliseconds()).size();
    }
    return Math.min(Math.min(waiting, mostPerBatch), mostQueued - queued);
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}
}
