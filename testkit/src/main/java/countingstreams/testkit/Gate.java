package countingstreams.testkit;

import java.util.concurrent.Semaphore;

/** Where a batch waits until the test lets it through: the test's way to make a stage slow. */
public final class Gate {

  private static final int ALL = 1_000_000;

  private final Semaphore permits = new Semaphore(0);
  private volatile boolean abandoned;

  /** Lets so many batches through, the next to come included. */
  public void open(int batches) {
    permits.release(batches);
  }

  /** Lets no batch through any more, until it is opened again. */
  public void close() {
    permits.drainPermits();
  }

  /** Waits for a permit. On the thread that is to wait, an output operation's for example. */
  public void pass() {
    permits.acquireUninterruptibly();
    if (abandoned) {
      throw new IllegalStateException("The run was stopped while this batch waited.");
    }
  }

  void abandon() {
    abandoned = true;
    permits.release(ALL);
  }
}
