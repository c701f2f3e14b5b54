package countingstreams.benchmarks;

import countingstreams.lesson01.NumberRange;
import java.io.Serializable;

/**
 * The views that all candidates count. The first batch views every page once. Each later batch
 * views so many different pages once, spread over all of them, and other ones than the batch
 * before.
 *
 * @param pages how many pages there are, a divisor of a power of ten
 * @param touched how many of them a batch views
 */
record Workload(int pages, int touched) implements Serializable {

  /** Of the input and of the state, in each candidate. */
  static final int PARTITIONS = 2;

  /** A prime that does not divide a power of ten: its multiples come by each page in turn. */
  private static final long STRIDE = 2_654_435_761L;

  /** Returns which views a batch gets; the first batch is 1. */
  NumberRange viewsOf(long batch) {
    if (batch == 1) {
      return new NumberRange(0, pages);
    }
    long first = pages + (batch - 2) * touched;
    return new NumberRange(first, first + touched);
  }

  /** Returns the page that was viewed. */
  long pageOf(long view) {
    return view * STRIDE % pages;
  }
}
