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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.StorageLevels;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockManagerAdded;
import org.apache.spark.scheduler.SparkListenerBlockManagerRemoved;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.StorageStatus;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Proves what lesson 5 says of an executor that dies: on two, each a process of its own. A batch
 * has 12 numbers in 4 partitions.
 */
@Tag("course-check")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class LostBlocksTest {

  private static final int EXECUTORS = 2;
  private static final int NUMBERS = 12;
  private static final int PARTITIONS = 4;
  private static final int NUMBERS_IN_A_PARTITION = 3;
  private static final int PATIENCE_SECONDS = 60;

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
  void lostPartitions() throws Exception {
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
  void replicated() throws Exception {
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

  /** A driver and two executors, which have computed batch 1. */
  private static final class Cluster implements AutoCloseable {

    private final AtomicReference<JavaDStream<Long>> stream = new AtomicReference<>();
    private final AtomicReference<LongAccumulator> computed = new AtomicReference<>();
    private final BatchRunner runner;

    Cluster(StorageLevel level) throws InterruptedException {
      runner =
          BatchRunner.of(
                  (context, output) -> {
                    awaitExecutors(context.sparkContext());
                    LongAccumulator counted = context.sparkContext().longAccumulator();
                    computed.set(counted);
                    stream.set(
                        counted(
                                new CountingDStream(context, NUMBERS, PARTITIONS).asJava(), counted)
                            .persist(level));
                    output.collect(stream.get().dstream());
                  })
              .with("spark.master", "local-cluster[%d,1,1024]".formatted(EXECUTORS))
              .with("spark.executor.memory", "512m")
              .with("spark.executor.extraClassPath", folders())
              .with(
                  "spark.executor.extraJavaOptions",
                  "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
              .start();
    }
  }
}
