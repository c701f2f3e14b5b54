package countingstreams.lesson03.exercises;

import java.io.Serializable;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.api.java.JavaPairDStream;

/** Exercise 3.4, The last hour: the views of each page in a window that slides. */
public final class LastHour {

  /** How often a page was viewed. Immutable. */
  public interface Views extends Serializable {

    /** Returns these and more. */
    Views plus(Views more);

    /** Returns these without some of them. */
    Views minus(Views fewer);

    /** Tells whether there are none. */
    boolean none();
  }

  private LastHour() {}

  /**
   * Returns, every {@code every}, the pages that were viewed in the last {@code hour}, with their
   * views in it. A page without a view in it is not there, and nothing is known of it any more.
   *
   * <p>However many batches an hour has, no more is added and subtracted than what comes in and
   * what leaves. The calls of {@link Views} are counted.
   *
   * @param views pages with views, 1 or more; a page may come several times in a batch
   * @param hour a multiple of the batch interval, as is {@code every}
   * @param directory where the context has to keep what must outlive a batch; it is not set yet
   */
  public static JavaPairDStream<Long, Views> of(
      JavaPairDStream<Long, Views> views, Duration hour, Duration every, String directory) {
    // TODO 3.4: keep the views of the last hour, by what comes in and what leaves
    throw new UnsupportedOperationException("TODO 3.4: count the views of the last hour");
  }
}
