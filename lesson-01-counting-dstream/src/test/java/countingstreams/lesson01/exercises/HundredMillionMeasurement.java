package countingstreams.lesson01.exercises;

import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.MeasuredTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/**
 * Measures exercise 1.2 against Spark's own {@code SparkContext.range}: both count 100,000,000
 * numbers, in turns, so that the ratio holds on a noisy machine. Run it by {@code
 * .ci/measure-hundred-million}.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class HundredMillionMeasurement {

  private static final long NUMBERS = 100_000_000;
  private static final int ROUNDS = 7;
  private static final int WARM_UP_ROUNDS = 2;

  private HundredMillionMeasurement() {}

  /** Measures, and writes the result to the file that the argument names. */
  public static void main(String[] args) {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("measure")
            .set("spark.ui.enabled", "false");
    List<List<Object>> rows = new ArrayList<>();
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      JavaStreamingContext context = new JavaStreamingContext(spark, Durations.seconds(1));
      HundredMillion stream = new HundredMillion(context.ssc(), 1, 1);
      for (int partitions : new int[] {1, 2, 4}) {
        List<Long> ours = new ArrayList<>();
        List<Long> sparks = new ArrayList<>();
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
          long our = millis(() -> stream.numbers(new NumberRange(0, NUMBERS), partitions).count());
          long range = millis(() -> spark.sc().range(0, NUMBERS, 1, partitions).count());
          if (round >= 0) {
            ours.add(our);
            sparks.add(range);
          }
        }
        rows.add(
            List.of(
                partitions,
                speed(ours),
                speed(sparks),
                String.format("%.2f", (double) median(sparks) / median(ours))));
        System.out.println(rows.get(rows.size() - 1));
      }
    }
    MeasuredTable.here(
            "Counting 100,000,000 numbers: millions of numbers per second, median of %d rounds taken in turns"
                .formatted(ROUNDS),
            List.of("partitions", "exercise 1.2", "SparkContext.range", "ratio"),
            rows)
        .write(Path.of(args[0]));
  }

  private static long millis(LongSupplier count) {
    long start = System.nanoTime();
    long counted = count.getAsLong();
    if (counted != NUMBERS) {
      throw new IllegalStateException("Counted " + counted);
    }
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static String speed(List<Long> millis) {
    return String.format("%.0f", NUMBERS / 1000.0 / median(millis));
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
