package countingstreams.lesson05;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.lesson04.CountedTopic;
import countingstreams.testkit.BatchRunner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Time;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CachedPageViewsDStreamTest {

  private static final int VIEWS = 10;
  private static final int PARTITIONS = 2;

  /** What the last output of each batch has seen. */
  private static final List<String> SEEN = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    SEEN.clear();
  }

  // #region once
  @Test
  @DisplayName("Two outputs: 10 computations a batch of 10 views, and 20 without a storage level")
  void onceABatch() {
    try (BatchRunner runner = running(StorageLevel.MEMORY_ONLY_SER()).start()) {
      runner.run(3);
    }
    try (BatchRunner runner = running(StorageLevel.NONE()).start()) {
      runner.run(3);
    }
    assertThat(SEEN)
        .extracting(seen -> seen.split(" computed")[0])
        .containsExactly("1: 10", "2: 10", "3: 10", "1: 20", "2: 20", "3: 20");
  }

  // #endregion once

  // #region held
  @Test
  @DisplayName(
      "While a batch runs, its blocks and those of the batch before are held; then only its")
  void held() {
    List<CachedPageViewsDStream> streams = new ArrayList<>();
    try (BatchRunner runner = running(VIEWS, StorageLevel.MEMORY_ONLY_SER(), streams).start()) {
      runner.run(5);
      assertThat(SEEN)
          .extracting(seen -> seen.split(", ")[1])
          .containsExactly("2 blocks", "4 blocks", "4 blocks", "4 blocks", "4 blocks");
      assertThat(streams.get(0).held().blocks()).isEqualTo(PARTITIONS);
      assertThat(streams.get(0).held().memory()).isPositive();
      assertThat(streams.get(0).held().disk()).isZero();
    }
  }

  // #endregion held

  @Test
  @DisplayName("On disk, if the level says so")
  void onDisk() {
    List<CachedPageViewsDStream> streams = new ArrayList<>();
    try (BatchRunner runner = running(VIEWS, StorageLevel.DISK_ONLY(), streams).start()) {
      runner.run(2);
      assertThat(streams.get(0).held().blocks()).isEqualTo(PARTITIONS);
      assertThat(streams.get(0).held().memory()).isZero();
      assertThat(streams.get(0).held().disk()).isPositive();
    }
  }

  // #region recovered
  @Test
  @DisplayName(
      "A new driver has nothing in memory: it computes once what it runs again, and counts it")
  void recovered() {
    try (BatchRunner runner = running(StorageLevel.MEMORY_ONLY_SER()).start()) {
      runner.run(3).crash();
      SEEN.clear();
      runner.recover(1).run(1);
    }
    assertThat(SEEN)
        .containsExactly(
            "3: 10 computed, 2 blocks", "4: 10 computed, 4 blocks", "5: 10 computed, 4 blocks");
  }

  // #endregion recovered

  // #region evicted
  @Test
  @DisplayName("In a memory for one batch and a half, each batch evicts a block of the one before")
  void evicted() {
    List<CachedPageViewsDStream> streams = new ArrayList<>();
    try (BatchRunner runner =
        running(100_000, StorageLevel.MEMORY_ONLY_SER(), streams)
            .with("spark.master", "local[1]") // or it depends on which of two tasks is first
            .with("spark.testing.memory", "3500000")
            .with("spark.testing.reservedMemory", "0")
            .start()) {
      runner.run(4).awaitListeners();
      assertThat(streams.get(0).evictions()).as("one in each batch but the first").isEqualTo(3);
    }
    assertThat(SEEN)
        .containsExactly(
            "1: 100000 computed, 2 blocks",
            "2: 100000 computed, 3 blocks",
            "3: 100000 computed, 3 blocks",
            "4: 100000 computed, 3 blocks");
  }

  // #endregion evicted

  @Test
  @DisplayName("A batch that is not remembered any more is refused")
  void notRemembered() {
    List<CachedPageViewsDStream> streams = new ArrayList<>();
    try (BatchRunner runner = running(VIEWS, StorageLevel.MEMORY_ONLY_SER(), streams).start()) {
      runner.run(3);
      assertThat(streams.get(0).computations(new Time(3 * BatchRunner.INTERVAL_MS)))
          .isEqualTo(VIEWS);
      assertThatThrownBy(() -> streams.get(0).computations(new Time(BatchRunner.INTERVAL_MS)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("1000 ms is not remembered.");
    }
  }

  private static BatchRunner running(StorageLevel level) {
    return running(VIEWS, level, new ArrayList<>());
  }

  private static BatchRunner running(
      int viewsPerBatch, StorageLevel level, List<CachedPageViewsDStream> streams) {
    return BatchRunner.of(
            (context, output) -> {
              CachedPageViewsDStream views =
                  new CachedPageViewsDStream(
                      context, new CountedTopic(PARTITIONS), viewsPerBatch, 7, level);
              streams.add(views);
              output.collect(views);
              output.collect(views);
              see(views);
            })
        .withCheckpoint();
  }

  /** Static: the function becomes part of the checkpoint. */
  private static void see(CachedPageViewsDStream views) {
    views
        .asJava()
        .foreachRDD(
            (batch, time) ->
                SEEN.add(
                    "%d: %d computed, %d blocks"
                        .formatted(
                            views.batchNumber(time),
                            views.computations(time),
                            views.held().blocks())));
  }
}
