package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import scala.Tuple2;

/** What the tests of running totals share: a run, and what must come out. */
final class Totals {

  static final int VIEWS = 20;
  static final int PAGES = 50;
  static final int PARTITIONS = 2;

  private Totals() {}

  /** Returns a run, not started, that collects the totals after each batch. */
  static BatchRunner running(PageViewsState state) {
    return BatchRunner.of(
            (context, output) ->
                output.collect(
                    state
                        .totals(new PageViewsDStream(context, VIEWS, PARTITIONS, PAGES), PARTITIONS)
                        .dstream()))
        .withCheckpoint();
  }

  /** Asserts that there are all batches, and each time a batch came out, its totals were right. */
  static void assertRight(BatchRunner runner, long last) {
    List<Batch> batches = runner.batches();
    for (Batch batch : batches) {
      assertThat(of(batch)).as("batch " + batch.number()).isEqualTo(expected(batch.number()));
    }
    assertThat(batches.stream().map(Batch::number).distinct().sorted())
        .isEqualTo(java.util.stream.LongStream.rangeClosed(1, last).boxed().toList());
  }

  static Map<Object, Object> of(Batch batch) {
    Map<Object, Object> totals = new TreeMap<>();
    for (Object element : batch.elements()) {
      Tuple2<?, ?> page = (Tuple2<?, ?>) element;
      assertThat(totals.put(page._1(), page._2())).as("one total a page").isNull();
    }
    return totals;
  }

  static Map<Object, Object> expected(long batch) {
    return Collections.unmodifiableMap(new TreeMap<>(PlainLoop.totals(batch * VIEWS, PAGES)));
  }
}
