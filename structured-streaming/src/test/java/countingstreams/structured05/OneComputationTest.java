package countingstreams.structured05;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.structured.QueryRunner;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/**
 * Puts to the test that one computation for each micro-batch makes the meaning of a result clear:
 * two results, counts of views by page and a total of all views, of the same prefix of the input.
 */
@Tag("course-check")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class OneComputationTest {

  private static final int INTERVALS = 10;
  private static final int NUMBERS = 6;
  private static final int PAGES = 4;

  /** Intervals that the slow output, or the slow query, needs for a batch. */
  private static final int NEEDED = 3;

  // #region two-outputs
  @Test
  @DisplayName("Two outputs agree at each batch time, whichever is slow; newest results may differ")
  void twoOutputs() {
    for (String slow : List.of("pages", "total")) {
      List<Seen> seen = lookAtOutputs(slow);
      assertThat(seen.get(INTERVALS - 1).done()).isEqualTo(slow.equals("pages") ? 3 : 4);
      assertThat(seen)
          .as(slow + " is slow")
          .allMatch(now -> now.done() == 0 || now.atTheSameBatch() == 0);
      assertThat(seen).extracting(Seen::newest).containsOnly(slow.equals("pages") ? NUMBERS : 0L);
    }
  }

  /** Looks at the results in each interval, once the engine has nothing more to do in it. */
  private static List<Seen> lookAtOutputs(String slow) {
    List<Seen> seen = new ArrayList<>();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  CountingDStream numbers = new CountingDStream(context, NUMBERS, 2);
                  output.collect(
                      numbers
                          .asJava()
                          .mapToPair(number -> new Tuple2<>(number % PAGES, 1L))
                          .reduceByKey(Long::sum)
                          .dstream(),
                      "pages");
                  output.collect(numbers.asJava().count().dstream(), "total");
                })
            .start()) {
      runner.gate(slow.equals("pages") ? "total" : "pages").open(INTERVALS);
      for (int now = 1; now <= INTERVALS; now++) {
        runner.generate(1);
        if (now % NEEDED == 1) { // the slow output has put out its result, and goes on working
          runner.gate(slow).open(now > 1 ? 1 : 0);
          int begun = now / NEEDED + 1;
          runner.awaitCollected(slow.equals("pages") ? 2 * begun - 1 : 2 * begun);
        }
        SortedMap<Long, Long> pages = new TreeMap<>();
        SortedMap<Long, Long> total = new TreeMap<>();
        for (Batch batch : runner.batches()) {
          for (Object result : batch.elements()) {
            if (result instanceof Tuple2<?, ?> page) {
              pages.merge(batch.number(), (Long) page._2(), Long::sum);
            } else {
              total.put(batch.number(), (Long) result);
            }
          }
        }
        seen.add(Seen.of(pages, total));
      }
    }
    return seen;
  }

  // #endregion two-outputs

  // #region query-each
  @Test
  @DisplayName("With a query for each, the newest results drift apart, batch by batch")
  void aQueryForEach() throws Exception {
    List<Seen> queries = lookAtQueries();
    assertThat(queries)
        .extracting(Seen::newest)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, INTERVALS)
                .mapToObj(now -> (long) NUMBERS * (now - now / NEEDED))
                .toList());
    chart(lookAtOutputs("pages"), queries)
        .assertSameAs(Path.of("../docs/data/charts/claim-one-computation.json"));
  }

  private static List<Seen> lookAtQueries() throws Exception {
    List<Seen> seen = new ArrayList<>();
    SortedMap<Long, Long> pages = new TreeMap<>();
    SortedMap<Long, Long> total = new TreeMap<>();
    SparkSession spark = QueryRunner.session();
    Supplier<Dataset<Long>> numbers = // each query reads them for itself
        () ->
            spark
                .readStream()
                .format("rate-micro-batch")
                .option("rowsPerBatch", NUMBERS)
                .load()
                .select("value")
                .as(Encoders.LONG());
    QueryRunner.Output<Long> byPage =
        (batch, id) -> {
          for (Row page : batch.groupBy(expr("value % " + PAGES)).count().collectAsList()) {
            pages.merge(id, page.getLong(1), Long::sum);
          }
        };
    QueryRunner.Output<Long> all = (batch, id) -> total.put(id, batch.count());
    try (spark;
        QueryRunner<Long> quick = QueryRunner.start(OutputMode.Append(), numbers, byPage)) {
      seen.add(Seen.of(pages, total)); // the first batch runs at the start
      quick.run(1);
      seen.add(Seen.of(pages, total));
      quick.run(1);
      try (QueryRunner<Long> slow = QueryRunner.start(OutputMode.Append(), numbers, all)) {
        seen.add(Seen.of(pages, total));
        for (int now = NEEDED + 1; now <= INTERVALS; now++) {
          quick.run(1);
          if (now % NEEDED == 0) { // by now, it is done with its next batch
            slow.run(1);
          }
          seen.add(Seen.of(pages, total));
        }
      }
    }
    return seen;
  }

  // #endregion query-each

  // #region other-batches
  @Test
  @DisplayName("The same batch id of two queries need not be the same numbers")
  void otherBatches() throws Exception {
    try (SparkSession spark = QueryRunner.session()) {
      QueryRunner.Input<Long> one = QueryRunner.input(spark, Encoders.LONG());
      QueryRunner.Input<Long> other = QueryRunner.input(spark, Encoders.LONG());
      try (QueryRunner<Long> quick = QueryRunner.start(OutputMode.Append(), one::stream);
          QueryRunner<Long> slow = QueryRunner.start(OutputMode.Append(), other::stream)) {
        for (long number = 0; number < NEEDED; number++) {
          one.add(List.of(number));
          other.add(List.of(number));
          quick.run(1);
        }
        slow.run(1);
        assertThat(quick.batches())
            .containsExactly(
                new QueryRunner.Batch<>(1, 0, List.of(0L)),
                new QueryRunner.Batch<>(2, 1, List.of(1L)),
                new QueryRunner.Batch<>(3, 2, List.of(2L)));
        assertThat(slow.batches())
            .containsExactly(new QueryRunner.Batch<>(1, 0, List.of(0L, 1L, 2L)));
      }
    }
  }

  // #endregion other-batches

  private static Chart chart(List<Seen> outputs, List<Seen> queries) {
    return new Chart(
        "Numbers that one of two results has and the other has not: counts by page, and a total",
        "%d numbers a batch; the slower of the two needs %d intervals for each batch"
            .formatted(NUMBERS, NEEDED),
        "None: the clock is manual, each run gives the same",
        Axis.of("intervals since the start", "", Scale.LINEAR),
        Axis.of("numbers apart", "", Scale.LINEAR),
        List.of(
            series("two outputs of one stream, same batch time", outputs, Seen::atTheSameBatch),
            series("two outputs of one stream, newest results", outputs, Seen::newest),
            series("a query for each, newest results", queries, Seen::newest)),
        "mvn -Pstructured-05 -Pcourse-check test -Dtest=OneComputationTest",
        null);
  }

  /** Leaves out what there is not: before a batch has both results, none can be compared. */
  private static Series series(String name, List<Seen> seen, Function<Seen, Long> value) {
    return new Series(
        name,
        IntStream.range(0, seen.size())
            .filter(i -> value.apply(seen.get(i)) != null)
            .mapToObj(i -> Point.exact(i + 1, value.apply(seen.get(i))))
            .toList());
  }

  /**
   * What a reader sees of two results.
   *
   * @param done batches of which both are there
   * @param atTheSameBatch how far apart they are after each of these, at most; null if there is
   *     none
   * @param newest how far apart they are who take the newest of each
   */
  private record Seen(long done, Long atTheSameBatch, Long newest) {

    /**
     * Compares what came before.
     *
     * @param pages numbers in the counts by page, by batch
     * @param total numbers in the total, by batch
     */
    static Seen of(SortedMap<Long, Long> pages, SortedMap<Long, Long> total) {
      long apart = 0;
      long most = 0;
      long done = 0;
      for (long batch : pages.keySet()) {
        if (total.containsKey(batch)) {
          done++;
          apart += pages.get(batch) - total.get(batch);
          most = Math.max(most, Math.abs(apart));
        }
      }
      return new Seen(done, done == 0 ? null : most, Math.abs(sum(pages) - sum(total)));
    }

    private static long sum(SortedMap<Long, Long> numbers) {
      return numbers.values().stream().mapToLong(Long::longValue).sum();
    }
  }
}
