package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The three ways give the same totals, those of a plain loop, whatever crashes. */
class SameTotalsTest {

  private static final int DOWN = 2;

  // #region right
  @ParameterizedTest
  @EnumSource
  @DisplayName("Each batch has the totals of a plain loop")
  void right(PageViewsState state) {
    try (BatchRunner runner = Totals.running(state).start()) {
      runner.run(25);
      Totals.assertRight(runner, 25);
    }
  }

  // #endregion right

  @ParameterizedTest
  @CsvSource({
    // #region crashes
    "UPDATE_STATE_BY_KEY, 2",
    "UPDATE_STATE_BY_KEY, 13",
    "MAP_WITH_STATE, 2",
    "MAP_WITH_STATE, 13",
    "OWN, 2",
    "OWN, 13",
    "OWN, 24"
  })
  @DisplayName("A crash at any point, batches queued, some down time: the same totals")
  void crashes(PageViewsState state, int doneBefore) {
    List<CrashImage> images = Collections.synchronizedList(new ArrayList<>());
    try (BatchRunner runner = Totals.running(state).start()) {
      int queued = 2;
      int batch = doneBefore + 1;
      runner.run(doneBefore);
      images.add(runner.image());
      runner.hold(Point.JOB_RUNS, batch).hold(Point.JOB_RUNS, batch + 1);
      runner.hold(Point.AFTER_OUTPUT, batch);
      runner.at(Point.AFTER_COMPUTE, batch + queued, () -> images.add(runner.image()));
      runner.generate(1 + queued).awaitCheckpoint().awaitHeld(Point.JOB_RUNS, batch);
      images.add(runner.image());
      runner.release(Point.JOB_RUNS, batch).awaitHeld(Point.AFTER_OUTPUT, batch);
      images.add(runner.image());
      runner.at(Point.BATCH_DONE, batch, () -> images.add(runner.image()));
      runner.at(Point.COMPLETION_CHECKPOINT, batch, () -> images.add(runner.image()));
      runner.release(Point.AFTER_OUTPUT, batch).finish(batch);
      runner.crash();
      for (int b = batch; b <= batch + queued + DOWN; b += 2) { // while it catches up
        for (Point point : Point.values()) {
          runner.at(point, b, () -> images.add(runner.image()));
        }
      }
      runner.recover(queued + DOWN).run(1); // from the checkpoint that says that batch is done
      Totals.assertRight(runner, batch + queued + DOWN + 1);
      for (CrashImage image : images) {
        runner.restart(image, DOWN).run(1);
        Totals.assertRight(runner, image.time() / BatchRunner.INTERVAL_MS + DOWN + 1);
      }
    } finally {
      images.forEach(CrashImage::close);
    }
  }

  // #endregion crashes

  @ParameterizedTest
  @EnumSource
  @DisplayName("Crash after crash, for longer than anything is kept")
  void crashAfterCrash(PageViewsState state) {
    try (BatchRunner runner = Totals.running(state).start()) {
      runner.run(3);
      for (int crash = 0; crash < 6; crash++) {
        runner.crash().recover(4).run(3);
      }
      Totals.assertRight(runner, 3 + 6 * 7);
    }
  }

  // #region oldest
  @ParameterizedTest
  @EnumSource
  @DisplayName("Only the oldest of the ten checkpoint files can be read: the same totals")
  void oldestCheckpoint(PageViewsState state) throws IOException {
    try (BatchRunner runner = Totals.running(state).start()) {
      runner.run(24);
      List<String> newestFirst = runner.checkpointFiles();
      try (CrashImage image = runner.image()) {
        for (String newer : newestFirst.subList(0, newestFirst.size() - 1)) {
          Files.delete(image.files().resolve(newer));
        }
        runner.restart(image, DOWN).run(1);
      }
      assertThat(newestFirst).endsWith("checkpoint-20000.bk");
      Totals.assertRight(runner, 24 + DOWN + 1);
    }
  }

  // #endregion oldest

  // #region caught-up
  @ParameterizedTest
  @EnumSource
  @DisplayName("The same once a long queue has been caught up with: only our own state is there")
  void oldestCheckpointOnceCaughtUp(PageViewsState state) throws IOException {
    try (BatchRunner runner = Totals.running(state).start()) {
      runner.run(20).crash().recover(30);
      List<String> newestFirst = runner.checkpointFiles();
      try (CrashImage image = runner.image()) {
        for (String newer : newestFirst.subList(0, newestFirst.size() - 1)) {
          Files.delete(image.files().resolve(newer));
        }
        if (state == PageViewsState.OWN) {
          runner.restart(image, DOWN).run(1);
          Totals.assertRight(runner, 50 + DOWN + 1);
        } else {
          assertThatThrownBy(() -> runner.restart(image, DOWN))
              .hasMessageContaining("Checkpoint directory does not exist");
        }
      }
    }
  }
  // #endregion caught-up
}
