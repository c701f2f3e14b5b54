package countingstreams.lesson03;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson02.CheckpointedCountingDStream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import scala.reflect.ClassTag$;

/**
 * A counting stream whose numbers are page views: each element is the page that was viewed.
 *
 * <p>A few pages get most of the views, as on the Web. Pages 1, 2 to 3, 4 to 7 and so on are groups
 * that take turns, and within a group its pages take turns: so page {@code p} gets about {@code
 * 1/p} of the views of page 1, which is Zipf's law, and each count is known exactly.
 *
 * <p>It remembers the range of a batch for longer than its parent class: a state that is built
 * again asks for batches that are done.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class PageViewsDStream extends CheckpointedCountingDStream {

  private static final long serialVersionUID = 1L;

  private final int pages;
  private final LongerRecord record = new LongerRecord();

  /**
   * Adds the stream to a context that has not been started.
   *
   * @param viewsPerBatch how many views a batch gets, 0 or more
   * @param partitions into how many partitions they go, 1 or more
   * @param pages how many pages there are, 1 or more
   * @throws IllegalArgumentException if a number is out of range
   */
  public PageViewsDStream(StreamingContext context, int viewsPerBatch, int partitions, int pages) {
    super(context, viewsPerBatch, partitions);
    if (pages < 1) {
      throw new IllegalArgumentException("pages must be 1 or more: " + pages);
    }
    this.pages = pages;
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    return pageViews(super.numbers(range, partitions));
  }

  /** Returns the page that each number is a view of. */
  protected final RDD<Long> pageViews(RDD<Long> numbers) {
    return pageViews(numbers, pages);
  }

  /** Static: a function made in a method of the stream could hold the stream. */
  private static RDD<Long> pageViews(RDD<Long> numbers, int pages) {
    return numbers.toJavaRDD().map(number -> pageOf(number, pages)).rdd();
  }

  // #region page-of
  /**
   * Returns the page, from 1 to {@code pages}, that a number is a view of. With {@code g} groups,
   * the number is of group {@code number mod g}, counted from 0, and of the page at {@code (number
   * div g) mod} the group's size in it. Called on executors.
   */
  public static long pageOf(long number, int pages) {
    int groups = Integer.SIZE - Integer.numberOfLeadingZeros(pages);
    long first = 1L << (number % groups);
    long size = Math.min(first, pages - first + 1); // the last group may be cut short
    return first + number / groups % size;
  }

  // #endregion page-of

  @Override
  public DStreamCheckpointData<Long> checkpointData() {
    return record;
  }

  // #region longer-record
  /** The parent's record, which forgets later. Called on the thread that generates jobs. */
  private final class LongerRecord extends DStreamCheckpointData<Long> {

    private static final long serialVersionUID = 1L;

    LongerRecord() {
      super(PageViewsDStream.this, ClassTag$.MODULE$.apply(Long.class));
    }

    @Override
    public void update(Time checkpointTime) {
      PageViewsDStream.super.checkpointData().update(checkpointTime);
    }

    /**
     * Keeps what the engine has this stream remember: with a state after it, twice the state's
     * checkpoint interval, so that there is a checkpoint of the state in it to start from.
     */
    @Override
    public void cleanup(Time done) {
      PageViewsDStream.super.checkpointData().cleanup(done.minus(rememberDuration()));
    }

    @Override
    public void restore() {
      PageViewsDStream.super.checkpointData().restore();
    }
  }
  // #endregion longer-record
}
