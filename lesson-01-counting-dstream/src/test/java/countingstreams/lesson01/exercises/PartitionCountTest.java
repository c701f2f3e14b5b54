package countingstreams.lesson01.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.commons.lang3.StringUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "1.1",
    title = "Partition count",
    task = "Put the numbers of a batch into more than one partition, and count what is in each.",
    solves = PartitionCount.class,
    todos = 2,
    page = "lesson-01-counting-dstream",
    hints = {
      "Look at how CountingDStream makes its RDD. One argument of parallelize decides the"
          + " partitions.",
      "collect() hides the partitions. Which methods of JavaRDD work on a whole partition at a"
          + " time? One of them makes each partition a list.",
      "spread is spark.parallelize(numbers, partitions). For counts call glom(), map each list to"
          + " its size, and collect() the sizes."
    })
class PartitionCountTest {

  @Test
  void countsWhatIsInEachPartition() {
    try (JavaSparkContext spark = spark()) {
      assertCounts(spark, 6);
      assertCounts(spark, 2, 2, 2);
      assertCounts(spark, 0, 1, 0, 1, 1);
      assertCounts(spark, 0, 0);
      // Two at a time: the small ones are done before the large ones.
      assertCounts(spark, 9000, 1, 9000, 2, 9000, 3, 9000, 4, 9000, 5, 9000, 6);
    }
  }

  @Test
  void countsWithoutMovingTheNumbers() {
    try (JavaSparkContext spark = spark()) {
      assertCounts(spark, 100_000, 100_000);
    } catch (Exception e) {
      if (!String.valueOf(e.getMessage()).contains("spark.driver.maxResultSize")) {
        throw e;
      }
      throw new AssertionError(
          "counts() brings the numbers themselves to the driver. A batch can be larger than the"
              + " driver's memory: count in the partitions, and send only the counts. Spark says: "
              + e.getMessage(),
          e);
    }
  }

  @Test
  void spreadsEvenlyAndInOrder() {
    try (JavaSparkContext spark = spark()) {
      assertSpread(spark, numbers(6), 1);
      assertSpread(spark, numbers(6), 3);
      assertSpread(spark, numbers(7), 3);
      assertSpread(spark, numbers(3), 5);
      assertSpread(spark, numbers(0), 2);
      assertSpread(spark, numbers(1000), 7);
      assertSpread(spark, List.of(3L, 1L, 2L, 1L), 2);
    }
  }

  @Test
  void printsTheNumbersByPartition() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Spread(context))).start()) {
      runner.run(3);
      Transcript.assertMatches("partition-count", runner.lines());
    }
  }

  private static void assertCounts(JavaSparkContext spark, Integer... sizes) {
    JavaRDD<Long> batch =
        spark
            .parallelize(List.of(sizes), sizes.length)
            .flatMap(size -> LongStream.range(0, size).iterator());
    List<Integer> counts = PartitionCount.counts(batch);
    assertThat(counts)
        .as(
            "counts() is empty. A function that runs in a partition works on a copy of what it"
                + " holds: a list of the driver stays as it is. Return the count from the function")
        .isNotEmpty();
    assertThat(counts)
        .as(
            "counts() of partitions with %s numbers: one count for each partition, in the order of"
                + " partitions, 0 for an empty one",
            List.of(sizes))
        .isEqualTo(List.of(sizes));
  }

  private static void assertSpread(JavaSparkContext spark, List<Long> numbers, int partitions) {
    List<List<Long>> spread = PartitionCount.spread(spark, numbers, partitions).glom().collect();
    String what =
        "spread() of %d numbers over %d partition(s), which gives %s."
            .formatted(numbers.size(), partitions, StringUtils.abbreviate(spread.toString(), 200));
    assertThat(spread).as(what + " Partitions, empty ones too").hasSize(partitions);
    assertThat(spread.stream().flatMap(List::stream).toList())
        .as(what + " All numbers, in the order of the list, read partition after partition")
        .isEqualTo(numbers);
    int fewest = spread.stream().mapToInt(List::size).min().orElseThrow();
    int most = spread.stream().mapToInt(List::size).max().orElseThrow();
    assertThat(most - fewest)
        .as(what + " How many numbers the fullest partition has more than the emptiest")
        .isLessThanOrEqualTo(1);
  }

  private static List<Long> numbers(int count) {
    return LongStream.range(0, count).boxed().toList();
  }

  private static JavaSparkContext spark() {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("PartitionCount")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.driver.host", "localhost")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.maxResultSize", "1m"));
  }

  /** Six numbers a batch in three partitions, spread by the exercise. */
  @SuppressWarnings("deprecation") // DStreams are legacy, and our subject
  private static final class Spread extends CountingDStream {

    private static final long serialVersionUID = 1L;

    Spread(StreamingContext context) {
      super(context, 6, 3);
    }

    @Override
    protected RDD<Long> numbers(NumberRange range, int partitions) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
      return PartitionCount.spread(spark, range.toList(), partitions).rdd();
    }
  }
}
