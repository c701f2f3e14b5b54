package countingstreams.lesson01;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.dstream.InputDStream;
import scala.Option;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * An input stream that counts: each batch gets the next numbers, from 0 on.
 *
 * <p>The stream is an object of the driver. It holds no data: it is a recipe that gives the engine
 * one RDD for each batch time.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CountingDStream extends InputDStream<Long> {

  private static final long serialVersionUID = 1L;
  private static final ClassTag<Long> LONG = ClassTag$.MODULE$.apply(Long.class);

  private final int numbersPerBatch;
  private final int partitions;
  private long next;

  /**
   * Adds the stream to a context that has not been started.
   *
   * @param context the context; it can't be started before the stream has an output operation
   * @param numbersPerBatch how many numbers a batch gets, 0 or more
   * @param partitions into how many partitions they go, 1 or more
   * @throws IllegalArgumentException if a number is out of range
   */
  public CountingDStream(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, LONG);
    if (numbersPerBatch < 0) {
      throw new IllegalArgumentException("numbersPerBatch must be 0 or more: " + numbersPerBatch);
    }
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be 1 or more: " + partitions);
    }
    this.numbersPerBatch = numbersPerBatch;
    this.partitions = partitions;
  }

  // #region compute
  /**
   * Returns the input of a batch.
   *
   * <p>Called on the driver, by its job generator: once for each batch time, in order.
   */
  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    return Option.apply(numbers(rangeOf(batchTime), partitions));
  }

  /** Returns which numbers a batch gets. Called once a batch time, like compute. */
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = new NumberRange(next, next + numbersPerBatch);
    next = range.until();
    return range;
  }

  /** Returns the numbers as an RDD: a recipe, which no one has computed yet. */
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return spark.parallelize(range.toList(), partitions).rdd();
  }

  // #endregion compute

  // #region batch-number
  /** Returns 1 for the first batch: the engine's zero time is one interval before it. */
  public final long batchNumber(Time batchTime) {
    return batchTime.minus(zeroTime()).milliseconds() / slideDuration().milliseconds();
  }

  // #endregion batch-number

  /** Returns this stream with Spark's Java methods. */
  public final JavaDStream<Long> asJava() {
    return JavaDStream.fromDStream(this, LONG);
  }

  /** Does nothing: there is no connection to open and no receiver to start. */
  @Override
  public void start() {}

  /** Does nothing. */
  @Override
  public void stop() {}
}
