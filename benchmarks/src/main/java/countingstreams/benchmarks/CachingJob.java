package countingstreams.benchmarks;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.storage.RDDInfo;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import scala.Option;

/**
 * All settings in one streaming context: numbers, mapped, and as many outputs as the setting has. A
 * batch is of one setting: the streams of all others have no RDD in it, and so no job.
 *
 * <p>An output is a Spark job that reads all records. Records are {@code java.lang.Long}s; Spark
 * serializes them with its default, Java's serializer.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class CachingJob implements AutoCloseable {

  /** How the mapped stream is cached, and how many outputs read it. */
  record Setting(Storage storage, int outputs) {

    /** Returns how often a batch calls the map. */
    long computations(long records) {
      return storage == Storage.NONE ? outputs * records : records;
    }
  }

  /**
   * What a batch has taken.
   *
   * @param nanoseconds from its batch time until the engine said that it was completed
   * @param memoryBytes what the cached records took in memory, as Spark reports it
   * @param diskBytes what they took in files
   */
  record Batch(long nanoseconds, long computations, long memoryBytes, long diskBytes) {}

  private final BusyMap map;
  private final long sumOfFirstBatch;
  private final ManualBatches batches;
  private final Map<Setting, Integer> batchesOf = new LinkedHashMap<>();

  /** What the outputs of a batch have read; filled by the engine. */
  private final BlockingQueue<Long> sums = new LinkedBlockingQueue<>();

  /** Whose batch it is; read by the engine's job generator. */
  private volatile Setting turn;

  /** Starts the context; no batch has run yet. A JVM can have one at a time. */
  CachingJob(BusyMap map, Collection<Setting> settings) throws Exception {
    this.map = map;
    this.sumOfFirstBatch = map.pass().sum();
    batches =
        new ManualBatches(
            new SparkConf()
                .setAppName("Caching")
                .setMaster("local[" + BusyMap.PARTITIONS + "]")
                .set("spark.ui.enabled", "false")
                // Else the engine would remove the blocks of a batch while the next one runs.
                .set("spark.streaming.unpersist", "false"));
    for (Setting setting : settings) {
      batchesOf.put(setting, 0);
      JavaDStream<Long> mapped = new Numbers(setting).asJava().map(map);
      if (setting.storage() != Storage.NONE) {
        mapped.persist(setting.storage().level());
      }
      for (int i = 0; i < setting.outputs(); i++) {
        mapped.foreachRDD(records -> sums.add(sum(records)));
      }
    }
    batches.context().start();
  }

  /** The next numbers in each batch of a setting, and nothing in all others. */
  private final class Numbers extends CountingDStream {

    private static final long serialVersionUID = 1L;

    private final transient Setting setting;

    Numbers(Setting setting) {
      super(batches.context().ssc(), map.records(), BusyMap.PARTITIONS);
      this.setting = setting;
    }

    @Override
    public Option<RDD<Long>> compute(Time batchTime) {
      return setting.equals(turn) ? super.compute(batchTime) : Option.empty();
    }

    @Override
    protected RDD<Long> numbers(NumberRange range, int partitions) {
      return CachingJob.numbers(context(), range, partitions);
    }
  }

  /**
   * Runs a batch, and then removes what it has cached.
   *
   * @throws IllegalArgumentException if the job does not have this setting
   * @throws IllegalStateException if an output has not read exactly the batch's records, if they
   *     were not computed exactly as often as the setting says, or if not all of them were cached
   */
  Batch run(Setting setting) throws InterruptedException {
    if (!batchesOf.containsKey(setting)) { // The engine says nothing of a batch without jobs.
      throw new IllegalArgumentException(setting + " is none of " + batchesOf.keySet());
    }
    turn = setting;
    BusyMap.calls();
    long start = System.nanoTime();
    Time batchTime = batches.next();
    long nanoseconds = System.nanoTime() - start;
    long computations = BusyMap.calls();
    batches.settle(batchTime);
    checkSums(setting);
    check(setting, "computations", computations, setting.computations(map.records()));
    RDDInfo[] cached = batches.context().ssc().sparkContext().getRDDStorageInfo();
    long partitions = Arrays.stream(cached).mapToLong(RDDInfo::numCachedPartitions).sum();
    check(
        setting,
        "cached partitions",
        partitions,
        setting.storage() == Storage.NONE ? 0 : BusyMap.PARTITIONS);
    long memory = Arrays.stream(cached).mapToLong(RDDInfo::memSize).sum();
    long disk = Arrays.stream(cached).mapToLong(RDDInfo::diskSize).sum();
    removeCached();
    return new Batch(nanoseconds, computations, memory, disk);
  }

  @Override
  public void close() {
    batches.context().stop(true, false);
  }

  private void checkSums(Setting setting) throws InterruptedException {
    List<Long> outputs = new ArrayList<>();
    sums.drainTo(outputs);
    if (outputs.size() < setting.outputs()) {
      throw batches.missingOutput();
    }
    // Each batch has the same remainders as the first, of higher numbers.
    long records = map.records();
    long shift = records * batchesOf.merge(setting, 1, Integer::sum) - records;
    for (long sum : outputs) {
      check(setting, "sum of an output", sum, sumOfFirstBatch + records * shift);
    }
  }

  private static void check(Setting setting, String what, long is, long shouldBe) {
    if (is != shouldBe) {
      throw new IllegalStateException(
          "%s: %s must be %d, not %d".formatted(setting, what, shouldBe, is));
    }
  }

  private void removeCached() {
    for (JavaRDD<?> rdd : batches.context().sparkContext().getPersistentRDDs().values()) {
      // Spark takes Kryo instead, unasked, where it knows that the records are numbers or strings.
      if (!(SparkEnv.get().serializerManager().getSerializer(rdd.rdd().elementClassTag(), true)
          instanceof JavaSerializer)) {
        throw new IllegalStateException("This is measured with Java's serializer.");
      }
      boolean wait = true;
      rdd.unpersist(wait);
    }
  }

  /** Static, as the next ones: tasks get a function, and not the job. */
  private static RDD<Long> numbers(StreamingContext context, NumberRange range, int partitions) {
    return context
        .sparkContext()
        .range(range.from(), range.until(), 1, partitions)
        .toJavaRDD()
        .map(number -> (Long) number)
        .rdd();
  }

  private static long sum(JavaRDD<Long> records) {
    return records.mapPartitions(part -> List.of(sum(part)).iterator()).reduce(Long::sum);
  }

  private static long sum(Iterator<Long> records) {
    long sum = 0;
    while (records.hasNext()) {
      sum += records.next();
    }
    return sum;
  }
}
