package countingstreams.lesson03;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Point;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.api.java.JavaDStream;

/** Totals of three pages, kept in two ways, and a kill: what the page of lesson 3 plays. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class KilledTotals {

  private static final int VIEWS = 10;
  private static final int PAGES = 3;

  private KilledTotals() {}

  static BatchRunner of(Function<PageViewsDStream, JavaDStream<String>> totals) {
    return BatchRunner.of(
            (context, output) ->
                output.collect(
                    totals.apply(new PageViewsDStream(context, VIEWS, 1, PAGES)).dstream()))
        .withCheckpoint();
  }

  /** A map in the driver program, to which each batch is added. */
  static JavaDStream<String> inTheDriver(PageViewsDStream views) {
    Map<Long, Long> totals = new TreeMap<>();
    return views
        .asJava()
        .transform(
            batch -> {
              batch.countByValue().forEach((page, n) -> totals.merge(page, n, Long::sum));
              List<String> lines =
                  totals.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).toList();
              return JavaSparkContext.fromSparkContext(batch.context()).parallelize(lines, 1);
            });
  }

  static JavaDStream<String> inTheRdds(PageViewsDStream views) {
    return new PageCountsDStream(views, 1).totals().transform(KilledTotals::sorted);
  }

  private static JavaRDD<String> sorted(JavaPairRDD<Long, Long> totals) {
    return totals.sortByKey(Comparator.naturalOrder(), true, 1).map(e -> e._1() + ":" + e._2());
  }

  /** Batch 1 is done and batch 2 runs, 3 and 4 wait: the driver is killed, and started again. */
  static void killAndRecover(BatchRunner runner) {
    runner.hold(Point.JOB_RUNS, 2).run(1).generate(1).awaitHeld(Point.JOB_RUNS, 2);
    runner.generate(2).crash().recover(2).run(1);
  }
}
