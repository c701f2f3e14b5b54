package countingstreams.benchmarks;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson01.exercises.HundredMillion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Exercise 1.2's solution and Spark's own {@code SparkContext.range}, or one of them: a Spark job
 * counts so many numbers. An invocation is a round: each with each number of partitions, in another
 * order each round. What they take are secondary results, see {@link RoundProfiler}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class NumbersBenchmark {

  /** How many tasks run at a time. */
  static final int THREADS = 2;

  /** What is compared. */
  enum Source {
    SOLUTION("solution of exercise 1.2"),
    RANGE("SparkContext.range");

    private final String title;

    Source(String title) {
      this.title = title;
    }

    /** Returns what the chart calls it. */
    String title() {
      return title;
    }
  }

  private record Setting(Source source, int partitions) {}

  /** Makes what the stream keeps to itself public. */
  private static final class Numbers extends HundredMillion {

    private static final long serialVersionUID = 1L;

    Numbers(StreamingContext context) {
      super(context, 1, 1);
    }

    RDD<Long> of(long numbers, int partitions) {
      return numbers(new NumberRange(0, numbers), partitions);
    }
  }

  @Param("SOLUTION,RANGE")
  private String sources;

  @Param("1000000000")
  private long numbers;

  @Param("1,2,4,8,16")
  private String partitions;

  private final List<Setting> settings = new ArrayList<>();
  private SparkContext spark;
  private Numbers stream;
  private int round;

  /** Starts Spark. The streaming context is not started: its stream is asked for RDDs only. */
  @Setup(Level.Trial)
  public void start() {
    spark =
        new SparkContext(
            new SparkConf()
                .setAppName("Numbers")
                .setMaster("local[" + THREADS + "]")
                .set("spark.ui.enabled", "false"));
    stream = new Numbers(new StreamingContext(spark, Durations.seconds(1)));
    for (String number : partitions.split(",")) {
      for (String source : sources.split(",")) {
        settings.add(new Setting(Source.valueOf(source), Integer.parseInt(number)));
      }
    }
  }

  /** Counts the numbers of each, in another order each time. */
  @Benchmark
  public void round() {
    Measured.clear();
    List<Setting> order = new ArrayList<>(settings);
    Collections.shuffle(order, new Random(round++));
    for (Setting setting : order) {
      long start = System.nanoTime();
      long count = count(setting);
      double seconds = (System.nanoTime() - start) / 1e9;
      if (count != numbers) {
        throw new IllegalStateException(setting + " has counted " + count);
      }
      Measured.put(name(setting.source(), setting.partitions()), seconds, "s");
    }
  }

  private long count(Setting setting) {
    return switch (setting.source()) {
      case SOLUTION -> stream.of(numbers, setting.partitions()).count();
      case RANGE -> spark.range(0, numbers, 1, setting.partitions()).count();
    };
  }

  @TearDown(Level.Trial)
  public void stop() {
    if (spark != null) {
      spark.stop();
    }
  }

  /** Returns what the results of a round call the seconds of a setting. */
  static String name(Source source, int partitions) {
    return source + "." + partitions;
  }
}
