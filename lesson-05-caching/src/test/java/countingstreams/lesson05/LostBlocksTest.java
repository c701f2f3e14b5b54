package countingstreams.lesson05;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.StorageLevels;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.StorageStatus;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Proves what lesson 5 says of an executor that dies: on two, each a process of its own. A batch
 * has 12 numbers in 4 partitions.
 */
@Tag("course-check")
@DisabledForJreRange(
    min = JRE.JAVA_24,
    disabledReason =
        "An executor calls Subject.getSubject when it starts, which JDK 24 has no more")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class LostBlocksTest {

  private static final int EXECUTORS = 2;
  private static final int NUMBERS = 12;
  private static final int PARTITIONS = 4;
  private static final int NUMBERS_IN_A_PARTITION = 3;
  private static final int PATIENCE_SECONDS = 60;

  /** How often to look for what the engine does not tell. */
  private static final int GLANCE_MS = 5;

  /** Executors are started with all jars of this folder. */
  @BeforeAll
  static void linkJars() throws IOException {
    Path home = Path.of(System.getenv("SPARK_HOME"));
    FileUtils.deleteDirectory(home.toFile());
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (Path jar : classPath().filter(Files::isRegularFile).toList()) {
      Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
    }
  }

  // #region lost-partitions
  @Test
  @DisplayName("Its partitions are computed again, and no others")
  void lostPartitions() {
    try (Cluster cluster = new Cluster(StorageLevels.MEMORY_ONLY_SER)) {
      assertThat(cluster.computedByReading()).as("all are there").isZero();
      Set<Integer> lost = cluster.killAnExecutor();
      assertThat(lost).isNotEmpty().hasSizeLessThan(PARTITIONS);
      assertThat(cluster.computedByReading()).isEqualTo(lost.size() * NUMBERS_IN_A_PARTITION);
      assertThat(cluster.computedByReading()).as("they are there again").isZero();
    }
  }

  // #endregion lost-partitions

  // #region replicated
  @Test
  @DisplayName("Replicated, each partition is on the other executor, too: nothing is computed")
  void replicated() {
    try (Cluster cluster = new Cluster(StorageLevels.MEMORY_ONLY_SER_2)) {
      assertThat(cluster.killAnExecutor()).as("each is on both").hasSize(PARTITIONS);
      assertThat(cluster.computedByReading()).isZero();
    }
  }

  // #endregion replicated

  private static Stream<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath());
  }

  private static String folders() {
    return classPath()
        .filter(Files::isDirectory)
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** A driver and two executors, which have computed batch 1 and stored it. */
  private static final class Cluster implements AutoCloseable {

    private final BatchRunner runner;

    /** Of each executor by its id: the one that runs a task. */
    private final Map<String, Long> processes = new ConcurrentHashMap<>();

    private JavaDStream<Long> stream;

    /** How many numbers were computed. Executors add to it, in tasks that are done. */
    private LongAccumulator computed;

    Cluster(StorageLevel level) {
      runner =
          BatchRunner.of(
                  (context, output) -> {
                    computed = context.sparkContext().longAccumulator();
                    stream = counted(new CountingDStream(context, NUMBERS, PARTITIONS), computed);
                    output.collect(stream.persist(level).dstream());
                  })
              .with("spark.master", "local-cluster[%d,1,1024]".formatted(EXECUTORS))
              .with("spark.executor.memory", "512m")
              .with("spark.executor.extraClassPath", folders())
              .with("spark.executor.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
              .start();
      try {
        await("both executors to run tasks", () -> askForProcesses() == EXECUTORS);
        runner.run(1);
      } catch (Throwable e) {
        runner.close();
        throw e;
      }
    }

    private int askForProcesses() {
      processes.putAll(
          JavaSparkContext.fromSparkContext(runner.context().sparkContext())
              .parallelize(Collections.nCopies(EXECUTORS, 0), EXECUTORS)
              .mapToPair(
                  any -> new Tuple2<>(SparkEnv.get().executorId(), ProcessHandle.current().pid()))
              .collectAsMap());
      return processes.size();
    }

    /** Reads batch 1, and returns how many of its numbers that has computed. */
    long computedByReading() {
      long before = computed.value();
      Time time = new Time(BatchRunner.INTERVAL_MS);
      assertThat(stream.slice(time, time).get(0).count()).isEqualTo(NUMBERS);
      return computed.value() - before;
    }

    /** Kills one, waits until the driver knows, and returns which partitions it had. */
    Set<Integer> killAnExecutor() {
      String executor = processes.keySet().iterator().next();
      Set<Integer> had = partitionsOf(executor);
      ProcessHandle process = ProcessHandle.of(processes.get(executor)).orElseThrow();
      process.destroyForcibly();
      process.onExit().join();
      await("the driver to see the death", () -> storage(executor).findAny().isEmpty());
      return had;
    }

    private static Set<Integer> partitionsOf(String executor) {
      return storage(executor)
          .flatMap(status -> CollectionConverters.asJava(status.rddBlocks()).keySet().stream())
          .map(block -> ((RDDBlockId) block).splitIndex())
          .collect(Collectors.toSet());
    }

    /** Returns what the driver's block manager master knows of an executor. */
    private static Stream<StorageStatus> storage(String executor) {
      return Arrays.stream(SparkEnv.get().blockManager().master().getStorageStatus())
          .filter(status -> status.blockManagerId().executorId().equals(executor));
    }

    private synchronized void await(String what, BooleanSupplier condition) {
      long deadline = System.nanoTime() + SECONDS.toNanos(PATIENCE_SECONDS);
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("Waited %d s for %s.".formatted(PATIENCE_SECONDS, what));
        }
        try {
          wait(GLANCE_MS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError("Interrupted while waiting for " + what + ".", e);
        }
      }
    }

    @Override
    public void close() {
      runner.close();
    }
  }

  /** Static: the function goes to the executors, without the stream and the test. */
  private static JavaDStream<Long> counted(CountingDStream numbers, LongAccumulator computed) {
    return numbers
        .asJava()
        .map(
            number -> {
              computed.add(1);
              return number;
            });
  }
}
