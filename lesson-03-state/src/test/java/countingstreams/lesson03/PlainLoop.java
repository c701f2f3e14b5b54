package countingstreams.lesson03;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Deals page views one by one, without arithmetic and without Spark: what the totals must be. */
final class PlainLoop {

  private PlainLoop() {}

  /** Returns each viewed page with its views, after so many views of so many pages. */
  static Map<Long, Long> totals(long views, int pages) {
    List<List<Long>> groups = new ArrayList<>();
    for (long page = 1, size = 1; page <= pages; size *= 2) {
      List<Long> group = new ArrayList<>();
      while (page <= pages && group.size() < size) {
        group.add(page++);
      }
      groups.add(group);
    }
    Map<Long, Long> totals = new TreeMap<>();
    int turn = 0;
    for (long view = 0; view < views; view++) {
      List<Long> group = groups.get(turn);
      Long page = group.remove(0);
      group.add(page);
      totals.merge(page, 1L, Long::sum);
      turn = turn + 1 == groups.size() ? 0 : turn + 1;
    }
    return totals;
  }

  /** Returns what the app prints of a batch: the three pages with most views. */
  static String topPages(long batch, int viewsPerBatch, int pages) {
    return totals(viewsPerBatch * batch, pages).entrySet().stream()
        .sorted(
            Map.Entry.<Long, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(3)
        .map(page -> "page %d: %d".formatted(page.getKey(), page.getValue()))
        .collect(Collectors.joining(" | ", "batch %d | ".formatted(batch), ""));
  }
}
