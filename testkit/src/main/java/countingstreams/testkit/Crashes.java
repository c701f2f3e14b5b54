package countingstreams.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What killed drivers leave: an image at each point of a batch's life, and between any two changes
 * to a file. {@link BatchRunner#restart} starts a new driver on each.
 */
public final class Crashes implements AutoCloseable {

  private static final String CATCHES_UP = "while a driver catches up after a crash";

  /**
   * What is left of a crash.
   *
   * @param point when it was, in words
   */
  public record Shot(String point, CrashImage left) {

    /** Returns whether it was between two changes to a file. */
    public boolean amongFiles() {
      return point.endsWith("written");
    }

    /** Returns whether it was while the driver caught up that came after an earlier crash. */
    public boolean catchingUp() {
      return point.equals(CATCHES_UP);
    }
  }

  private final BatchRunner runner;
  private final List<Shot> shots = Collections.synchronizedList(new ArrayList<>());

  /** What is written, in words, while each change to a file is a point; otherwise null. */
  private volatile String written;

  private Crashes(BatchRunner runner) {
    this.runner = runner;
  }

  /**
   * Runs it all, and takes the images.
   *
   * @param runner with a checkpoint directory, not started
   * @param doneBefore how many batches are done before the one whose life is looked at
   * @param queued how many wait behind that one
   * @param down for how many intervals no driver runs, before the one that is looked at while it
   *     catches up
   */
  public static Crashes of(BatchRunner runner, int doneBefore, int queued, int down) {
    Crashes crashes = new Crashes(runner);
    try {
      crashes.live(doneBefore + 1, queued);
      crashes.catchUp(doneBefore + 1, queued, down);
    } catch (Throwable e) {
      crashes.close();
      throw e;
    }
    return crashes;
  }

  /** Returns the images, in the order in which they were taken. */
  public List<Shot> shots() {
    return List.copyOf(shots);
  }

  /** Deletes the images. */
  @Override
  public void close() {
    shots.forEach(shot -> shot.left().close());
  }

  // #region points
  /** A run of some batches, then one whose life is looked at while others wait behind it. */
  private void live(long batch, int queued) {
    runner.watchingFiles(
        change -> {
          String point = written;
          if (point != null) {
            shoot(point);
          }
        });
    runner.start().run((int) batch - 1);
    runner.hold(Point.JOB_RUNS, batch).hold(Point.JOB_RUNS, batch + 1);
    runner.hold(Point.AFTER_OUTPUT, batch);
    runner.generate(queued);
    if (queued > 0) {
      runner.awaitCheckpoint();
    }
    shoot("before compute");
    runner.at(
        Point.AFTER_COMPUTE,
        batch + queued,
        () -> {
          shoot("after compute");
          written = "while the checkpoint of a generated batch is written";
        });
    runner.generate(1).awaitCheckpoint();
    written = null;
    shoot("after the checkpoint of a generated batch");
    runner.awaitHeld(Point.JOB_RUNS, batch);
    shoot("while the job runs");
    written = "while the state is written";
    runner.release(Point.JOB_RUNS, batch).awaitHeld(Point.AFTER_OUTPUT, batch);
    written = null;
    shoot("after the output");
    runner.at(
        Point.BATCH_DONE,
        batch,
        () -> {
          shoot("after the batch, before the checkpoint that says so");
          written = "while the checkpoint of a completed batch is written";
        });
    runner.at(
        Point.COMPLETION_CHECKPOINT,
        batch,
        () -> {
          written = null;
          shoot("after the checkpoint of a completed batch");
        });
    runner.release(Point.AFTER_OUTPUT, batch).finish(batch);
  }

  /**
   * The same run is killed, and the driver that comes after it is looked at while it catches up.
   */
  private void catchUp(long batch, int queued, int down) {
    runner.crash();
    for (long caughtUp = batch; caughtUp <= batch + queued + down; caughtUp++) {
      for (Point point : Point.values()) {
        runner.at(point, caughtUp, () -> shoot(CATCHES_UP));
      }
    }
    runner.recover(queued + down);
  }

  // #endregion points

  private void shoot(String point) {
    shots.add(new Shot(point, runner.image()));
  }
}
