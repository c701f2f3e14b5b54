package countingstreams.benchmarks;

import countingstreams.lesson01.NumberRange;

/** What must come out, by an array and a loop. */
final class Expected {

  private final Workload workload;
  private final long[] totals;
  private long batch;
  private long views;
  private long changed;
  private long all;

  Expected(Workload workload) {
    this.workload = workload;
    this.totals = new long[workload.pages()];
  }

  /** Goes on to the next batch. */
  void next() {
    batch++;
    views = 0;
    changed = 0;
    NumberRange range = workload.viewsOf(batch);
    for (long view = range.from(); view < range.until(); view++) {
      int page = (int) workload.pageOf(view);
      long before = totals[page]++;
      views += Checksum.of(page, 1);
      changed += Checksum.of(page, before + 1);
      all += Checksum.of(page, before + 1) - (before == 0 ? 0 : Checksum.of(page, before));
    }
  }

  /** Returns 1 for the first batch. */
  long batch() {
    return batch;
  }

  /** Of the views of the batch, by page. */
  long views() {
    return views;
  }

  /** Of the pages that the batch has viewed, with their totals. */
  long changed() {
    return changed;
  }

  /** Of all pages with their totals. */
  long all() {
    return all;
  }
}
