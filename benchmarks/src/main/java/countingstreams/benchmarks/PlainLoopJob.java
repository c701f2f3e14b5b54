package countingstreams.benchmarks;

import countingstreams.lesson01.NumberRange;
import java.util.HashMap;
import java.util.Map;

/** The limit: one thread, one map, no checkpoint. */
final class PlainLoopJob implements StateJob {

  private final Workload workload;
  private final Map<Long, Long> totals = new HashMap<>();
  private long batch;

  PlainLoopJob(Workload workload) {
    this.workload = workload;
  }

  /** The pages of a batch differ, so each is changed once. */
  @Override
  public long batch() {
    batch++;
    NumberRange range = workload.viewsOf(batch);
    long changed = 0;
    for (long view = range.from(); view < range.until(); view++) {
      long page = workload.pageOf(view);
      changed += Checksum.of(page, totals.merge(page, 1L, Long::sum));
    }
    return changed;
  }

  @Override
  public long totals() {
    return totals.entrySet().stream()
        .mapToLong(page -> Checksum.of(page.getKey(), page.getValue()))
        .sum();
  }
}
