package countingstreams.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.apache.spark.api.java.function.Function;

/**
 * The map of each batch: it adds a hash to a number, and takes so long for it. It counts its calls;
 * that is part of its cost, for all alike.
 *
 * @param hashes how many hashes it computes for a number, one of the other
 * @param records how many numbers a batch has; the hash of a number is that of its remainder by it
 */
record BusyMap(int hashes, int records) implements Function<Long, Long> {

  /** Of the input, and as many threads. */
  static final int PARTITIONS = 2;

  /** Static: the tasks have copies of the map, in this JVM. */
  private static final LongAdder CALLS = new LongAdder();

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int PASSES = 10;

  /**
   * Finds how many hashes take so long, in this JVM and now. Takes about as long as 20 batches.
   *
   * @param microseconds what a number is to cost
   */
  static BusyMap lasting(double microseconds, int records) throws Exception {
    BusyMap map = new BusyMap((int) Math.ceil(microseconds * 100), records);
    for (int pass = 0; pass < PASSES; pass++) { // Meanwhile the JVM compiles.
      map = map.scaled(microseconds / map.pass().microseconds(records));
    }
    double[] costs = new double[PASSES];
    for (int pass = 0; pass < PASSES; pass++) {
      costs[pass] = map.pass().microseconds(records);
    }
    return map.scaled(microseconds / Report.median(costs));
  }

  private BusyMap scaled(double ratio) {
    return new BusyMap((int) Math.max(1, Math.round(hashes * ratio)), records);
  }

  @Override
  public Long call(Long number) {
    CALLS.increment();
    long hash = number % records;
    for (int i = 0; i < hashes; i++) {
      hash = Checksum.of(hash, i);
    }
    return number + hash;
  }

  /** Returns how often the map was called since the last time that this was. */
  static long calls() {
    return CALLS.sumThenReset();
  }

  /**
   * The map of all numbers from 0 to {@code records}, in as many threads as a batch has, without
   * Spark.
   *
   * @param nanoseconds of CPU time, of all threads: what else the machine does does not count
   * @param sum of what the map returns
   */
  record Pass(long nanoseconds, long sum) {

    /** Returns what a number costs. */
    double microseconds(int records) {
      return nanoseconds / 1e3 / records;
    }
  }

  /** Makes a pass. */
  Pass pass() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PARTITIONS);
    try {
      List<Callable<Pass>> parts = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) {
        long from = (long) records * i / PARTITIONS;
        long until = (long) records * (i + 1) / PARTITIONS;
        parts.add(() -> part(from, until));
      }
      long nanoseconds = 0;
      long sum = 0;
      for (Future<Pass> part : threads.invokeAll(parts)) {
        nanoseconds += part.get().nanoseconds();
        sum += part.get().sum();
      }
      return new Pass(nanoseconds, sum);
    } finally {
      threads.shutdown();
    }
  }

  private Pass part(long from, long until) {
    long start = THREADS.getCurrentThreadCpuTime();
    long sum = 0;
    for (long number = from; number < until; number++) {
      sum += call(number);
    }
    return new Pass(THREADS.getCurrentThreadCpuTime() - start, sum);
  }
}
