package countingstreams.lesson01.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.junit.jupiter.api.Test;
import scala.reflect.ClassTag$;

@Exercise(
    id = "1.2",
    title = "A hundred million a batch",
    task = "Let each partition make its own numbers, so that no list of them is on the driver.",
    solves = HundredMillion.class,
    page = "lesson-01-counting-dstream",
    hints = {
      "How much has a partition to know to count by itself? Two numbers. Make an RDD of those"
          + " first.",
      "parallelize a list of ranges, one for each partition, and turn each range into its numbers"
          + " with flatMap. Do the function's variables hold the stream itself? Then it can't be"
          + " sent.",
      "Partition p of n gets [from + p * size / n, from + (p + 1) * size / n), computed in long."
          + " The function for flatMap is a static method that returns an Iterator<Long> which"
          + " counts; it fills no list. Spark's own SparkContext.range does the same."
    })
class HundredMillionTest {

  private static final int HUNDRED_MILLION = 100_000_000;
  private static final int PARTITIONS = 32;
  private static final int LAST = PARTITIONS - 1;
  private static final long SHARE = HUNDRED_MILLION / PARTITIONS;
  private static final long TEN_MEGABYTES = 10 << 20; // a list takes more, Spark itself less

  private HundredMillion stream;

  @Test
  void givesTheSameNumbersInTheSamePartitions() {
    running(
        runner -> {
          runner.run(3);
          Transcript.assertMatches("hundred-million", runner.lines());
        });
  }

  @Test
  void givesWhatParallelizeGives() {
    running(
        runner -> {
          assertSameAsParallelize(new NumberRange(10, 17), 3);
          assertSameAsParallelize(new NumberRange(10, 13), 5);
          assertSameAsParallelize(new NumberRange(10, 10), 2);
          assertSameAsParallelize(new NumberRange(10, 1010), 7);
        });
  }

  @Test
  void makesNoListOfThemAnywhere() {
    running(runner -> assertNoList());
  }

  @Test
  void holdsAtAHundredMillion() {
    running(
        runner -> {
          assertNoList(); // or the next lines would need gigabytes
          long from = Integer.MAX_VALUE;
          NumberRange range = new NumberRange(from, from + HUNDRED_MILLION);
          RDD<Long> batch = stream.numbers(range, PARTITIONS);
          assertThat(List.of(firstOf(batch, LAST), lastOf(batch, LAST)))
              .as(
                  "First and last number of partition %d of %s. They don't fit an int, nor does the"
                      + " size of the range times the number of the partition",
                  LAST, range)
              .isEqualTo(List.of(range.until() - SHARE, range.until() - 1));
        });
  }

  /** Runs the test on a stream of ten numbers a batch in four partitions. */
  private void running(Consumer<BatchRunner> test) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  stream = new HundredMillion(context, 10, 4);
                  output.collect(stream);
                })
            .start()) {
      test.accept(runner);
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private void assertSameAsParallelize(NumberRange range, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(stream.context().sparkContext());
    assertThat(numbers(range, partitions).glom().collect())
        .as("Partitions of numbers(%s, %d), as parallelize makes them", range, partitions)
        .isEqualTo(spark.parallelize(range.toList(), partitions).glom().collect());
  }

  private JavaRDD<Long> numbers(NumberRange range, int partitions) {
    return JavaRDD.fromRDD(stream.numbers(range, partitions), ClassTag$.MODULE$.apply(Long.class));
  }

  /** Compares what this thread allocates: exact to a few kilobytes, whatever the machine does. */
  private void assertNoList() {
    NumberRange tenMillion = new NumberRange(0, 10_000_000);
    long before = allocated();
    RDD<Long> batch = stream.numbers(tenMillion, 2);
    assertThat(allocated() - before)
        .as(
            "Bytes that the driver allocates for a batch of 10,000,000 numbers. It should hand out"
                + " ranges only: two numbers a partition")
        .isLessThan(TEN_MEGABYTES);
    assertThat(batch.getNumPartitions()).as("Partitions of a batch, of 2 asked for").isEqualTo(2);
    assertThat(batch.toDebugString())
        .as(
            "The numbers are made in one place and then sent to other partitions: a shuffle. Each"
                + " partition should make its own. The lineage of the batch")
        .doesNotContain("ShuffledRDD");
    before = allocated();
    Long first = firstOf(batch, 1);
    assertThat(allocated() - before)
        .as(
            "Bytes that a partition of 5,000,000 numbers allocates before it gives its first"
                + " number. It should make each number when it is asked for it, not fill a list")
        .isLessThan(TEN_MEGABYTES);
    assertThat(first).as("First number of partition 1").isEqualTo(5_000_000L);
  }

  /** Returns the first number of a partition, which it makes on this thread; -1: it has none. */
  private static Long firstOf(RDD<Long> batch, int partition) {
    Iterator<Long> numbers = BatchRunner.iterator(batch, partition);
    return numbers.hasNext() ? numbers.next() : -1L;
  }

  /** Goes no further than one number too many: an iterator may not know where to end. */
  private static Long lastOf(RDD<Long> batch, int partition) {
    Iterator<Long> numbers = BatchRunner.iterator(batch, partition);
    Long last = -1L;
    for (long i = 0; i <= SHARE && numbers.hasNext(); i++) {
      last = numbers.next();
    }
    return last;
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  private static RuntimeException explained(Exception e) {
    if (e instanceof IllegalArgumentException) {
      throw new AssertionError(
          "numbers() can't divide a range of a hundred million numbers. The number of a partition"
              + " times the size of the range is too large for an int. Java says: "
              + e.getMessage(),
          e);
    }
    if (ExceptionUtils.indexOfType(e, NotSerializableException.class) < 0) {
      return ExceptionUtils.asRuntimeException(e);
    }
    throw new AssertionError(
        "The function that makes the numbers can't be sent to an executor: it holds the stream, or"
            + " something else of the driver. Make it a static method that uses its argument only."
            + " Spark says: "
            + ExceptionUtils.getRootCauseMessage(e).lines().findFirst().orElse(""),
        e);
  }
}
