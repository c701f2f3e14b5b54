package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Crashes;
import countingstreams.testkit.Crashes.Shot;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The three ways give the same totals, those of a plain loop, whatever crashes. */
class SameTotalsTest {

  private static final int DOWN = 2;
  private static final int MOST_QUEUED = 4;
  private static final int MOST_DOWN = 5;

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
    try (BatchRunner runner = Totals.running(state);
        Crashes crashes = Crashes.of(runner, doneBefore, 2, DOWN)) {
      for (Shot shot : crashes.shots()) {
        if (!shot.amongFiles() && !shot.catchingUp()) {
          restart(runner, shot, DOWN);
        }
      }
    }
  }

  private static void restart(BatchRunner runner, Shot shot, int down) {
    runner.restart(shot.left(), down).run(1);
    Totals.assertRight(runner, shot.left().time() / BatchRunner.INTERVAL_MS + down + 1);
  }

  // #endregion crashes

  @ParameterizedTest
  @EnumSource
  @Tag("course-check")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  @DisplayName("All points and all changes to a file, around a batch that writes the whole state")
  void allCrashes(PageViewsState state) {
    for (int queued = 0; queued <= MOST_QUEUED; queued++) {
      try (BatchRunner runner = Totals.running(state);
          Crashes crashes = Crashes.of(runner, 9, queued, DOWN)) {
        assertThat(crashes.shots()).extracting(Shot::point).contains("while the state is written");
        for (Shot shot : crashes.shots()) {
          if (!shot.amongFiles() && !shot.catchingUp()) {
            for (int down = 0; down <= MOST_DOWN; down++) {
              restart(runner, shot, down);
            }
          } else if (queued % MOST_QUEUED == 0) { // there are hundreds of these
            restart(runner, shot, 0);
          }
        }
      }
    }
  }

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
