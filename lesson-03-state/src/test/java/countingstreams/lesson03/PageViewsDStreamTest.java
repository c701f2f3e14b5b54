package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.testkit.BatchRunner;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageViewsDStreamTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7, 8, 100, 1000})
  @DisplayName("The formula deals views to pages as a plain loop does")
  void formula(int pages) {
    for (int views : new int[] {0, 1, 10, 9_999}) {
      Map<Long, Long> byFormula =
          LongStream.range(0, views)
              .mapToObj(number -> PageViewsDStream.pageOf(number, pages))
              .collect(Collectors.groupingBy(p -> p, TreeMap::new, Collectors.counting()));
      assertThat(byFormula).isEqualTo(PlainLoop.totals(views, pages));
    }
  }

  @Test
  @DisplayName("Page 1 gets as many views as pages 2 and 3, or 4 to 7, or 8 to 15 together")
  void skewed() {
    Map<Long, Long> totals = PlainLoop.totals(4 * 8 * 100, 15);
    for (long page = 1; page <= 15; page++) {
      assertThat(totals.get(page)).isEqualTo(800 / Long.highestOneBit(page));
    }
  }

  @Test
  @DisplayName("A batch's elements are the pages viewed, in its partitions")
  void elements() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new PageViewsDStream(context, 6, 2, 7)))
            .start()) {
      runner.run(2);
      assertThat(runner.lines())
          .containsExactly(
              "batch 1 | partition 0 | 1 2 4",
              "batch 1 | partition 1 | 1 3 5",
              "batch 2 | partition 0 | 1 2 6",
              "batch 2 | partition 1 | 1 3 7");
    }
  }

  @Test
  @DisplayName("No page is no stream")
  void refusesNoPages() {
    BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new PageViewsDStream(context, 6, 2, 0)));
    assertThatThrownBy(runner::start).hasMessage("pages must be 1 or more: 0");
  }
}
