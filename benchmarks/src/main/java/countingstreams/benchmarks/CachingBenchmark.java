package countingstreams.benchmarks;

import countingstreams.benchmarks.CachingJob.Batch;
import countingstreams.benchmarks.CachingJob.Setting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A stream with several outputs, cached or not. An invocation is a round: one batch of each storage
 * level with each number of outputs, one after the other, in another order each round. What else
 * the machine does then hits all of them alike, and their ratios hold.
 *
 * <p>The batches' own times are secondary results, see {@link RoundProfiler}. All are in this JVM,
 * and in one streaming context.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(0)
public class CachingBenchmark {

  /** What the map of a record costs. */
  @Param("1")
  private double microseconds;

  /** How many records a batch has. */
  @Param("160000")
  private int records;

  @Param("1,2,3,4,5,6,7,8")
  private String outputs;

  @Param("NONE,MEMORY_ONLY,MEMORY_ONLY_SER,MEMORY_AND_DISK,DISK_ONLY")
  private String storage;

  private final List<Setting> settings = new ArrayList<>();
  private BusyMap map;
  private CachingJob job;
  private int round;

  /** Measures what a hash costs, and starts the job. */
  @Setup(Level.Trial)
  public void start() throws Exception {
    map = BusyMap.lasting(microseconds, records);
    for (String level : storage.split(",")) {
      for (String number : outputs.split(",")) {
        settings.add(new Setting(Storage.valueOf(level), Integer.parseInt(number)));
      }
    }
    job = new CachingJob(map, settings);
  }

  /** Runs a batch of each setting, in another order each time, and checks what comes out. */
  @Benchmark
  public void round() throws Exception {
    Measured.clear();
    List<Setting> order = new ArrayList<>(settings);
    Collections.shuffle(order, new Random(round++));
    for (Setting setting : order) {
      Batch batch = job.run(setting);
      Measured.put(name(setting, "ms"), batch.nanoseconds() / 1e6, "ms");
      Measured.put(name(setting, "computations"), batch.computations(), "records");
      Measured.put(name(setting, "memory"), batch.memoryBytes(), "B");
      Measured.put(name(setting, "disk"), batch.diskBytes(), "B");
    }
    Measured.put("map.us", map.pass().microseconds(records), "us");
    Measured.put("map.hashes", map.hashes(), "hashes");
  }

  @TearDown(Level.Trial)
  public void stop() {
    if (job != null) {
      job.close();
    }
  }

  /** Returns what the results of a round call something of a setting. */
  static String name(Setting setting, String what) {
    return setting.storage() + "." + setting.outputs() + "." + what;
  }
}
