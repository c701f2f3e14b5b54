package countingstreams.lesson03;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.util.KnownSizeEstimation;
import scala.Option;
import scala.Tuple2;
import scala.collection.immutable.HashMap;
import scala.collection.immutable.HashMap$;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The views of the pages of one partition after a batch. The maps are immutable: one with a changed
 * page shares all but a path of a few nodes with the one before, which stays as it was. So a batch
 * costs what it changes, however many pages there are.
 *
 * @param totals all pages with their views so far
 * @param changed those of them that this batch has changed, with their new totals
 */
public record PageCounts(HashMap<Long, Long> totals, HashMap<Long, Long> changed)
    implements KnownSizeEstimation, Serializable {

  /** About what an entry takes: two boxed numbers, a tuple's worth of references, its hash. */
  private static final long ENTRY_BYTES = 64;

  static final PageCounts NONE = of(HashMap$.MODULE$.empty());

  /** Returns counts in which no page has just changed. */
  static PageCounts of(HashMap<Long, Long> totals) {
    return new PageCounts(totals, HashMap$.MODULE$.empty());
  }

  // #region plus
  /** Returns the counts after a batch. */
  PageCounts plus(Iterator<Tuple2<Long, Long>> views) {
    HashMap<Long, Long> all = totals;
    HashMap<Long, Long> news = HashMap$.MODULE$.empty();
    while (views.hasNext()) {
      Tuple2<Long, Long> page = views.next();
      Option<Long> before = all.get(page._1());
      Long total = page._2() + (before.isEmpty() ? 0L : before.get());
      all = all.updated(page._1(), total);
      news = news.updated(page._1(), total);
    }
    return new PageCounts(all, news);
  }

  // #endregion plus

  /** Returns all pages with their views so far. */
  public Iterator<Tuple2<Long, Long>> iterator() {
    return CollectionConverters.asJava(totals.iterator());
  }

  // #region estimated-size
  /**
   * Returns about how many bytes this takes. Spark asks whenever it has put counts into memory: an
   * object that can't say is walked, node by node, in every batch. What is shared with the counts
   * of other batches is counted in each: rather too much than too little.
   */
  @Override
  public long estimatedSize() {
    return ENTRY_BYTES * (1 + totals.size() + changed.size());
  }
  // #endregion estimated-size
}
