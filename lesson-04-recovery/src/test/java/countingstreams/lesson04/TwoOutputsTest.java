package countingstreams.lesson04;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Point;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Proves what the page of lesson 4 says of a batch with two output operations, one of which fails.
 */
class TwoOutputsTest {

  private static final int BATCHES = 5;

  /** What has been put out: the output's name and the batch. */
  private static final List<String> PUT = new CopyOnWriteArrayList<>();

  /** Which outputs fail, by name and batch. */
  private static final Set<String> FAILING = ConcurrentHashMap.newKeySet();

  private static CountDownLatch generated;

  @BeforeEach
  void forget() {
    PUT.clear();
    FAILING.clear();
    generated = new CountDownLatch(1);
  }

  // #region first-fails
  @Test
  @DisplayName("The first fails, the last works: the batch is done, and the first is lost for good")
  void firstFails() throws Exception {
    failAndRestart("first 2");
    assertThat(PUT).doesNotContain("first 2").containsAll(all("second"));
  }

  // #endregion first-fails

  // #region last-fails
  @Test
  @DisplayName("The first works, the last fails: the batch runs again, both of them")
  void lastFails() throws Exception {
    failAndRestart("second 2");
    assertThat(PUT).containsAll(all("first")).containsAll(all("second"));
    assertThat(PUT.stream().filter("first 2"::equals)).hasSize(2);
  }

  // #endregion last-fails

  private static List<String> all(String output) {
    return LongStream.rangeClosed(1, BATCHES).mapToObj(batch -> output + " " + batch).toList();
  }

  private static void failAndRestart(String failing) throws Exception {
    CompletableFuture<CrashImage> later = new CompletableFuture<>();
    FAILING.add(failing);
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  JavaDStream<Long> numbers =
                      new CheckpointedCountingDStream(context, 5, 1).asJava();
                  put(numbers, "first");
                  put(numbers, "second");
                })
            .withCheckpoint()
            .start()) {
      runner.at(Point.COMPLETION_CHECKPOINT, BATCHES, () -> later.complete(runner.image()));
      runner.run(1).generate(BATCHES - 1);
      generated.countDown();
      try (CrashImage image = later.get(60, SECONDS)) {
        FAILING.clear();
        runner.restart(image, 0);
      }
    }
  }

  /** Static: the function becomes part of the checkpoint. */
  private static void put(JavaDStream<Long> numbers, String output) {
    numbers.foreachRDD(
        (batch, time) -> {
          String put = output + " " + time.milliseconds() / BatchRunner.INTERVAL_MS;
          if (time.milliseconds() > BatchRunner.INTERVAL_MS) {
            generated.await();
          }
          if (FAILING.contains(put)) {
            throw new IllegalStateException("The output is down.");
          }
          PUT.add(put);
        });
  }
}
