package countingstreams.lesson04;

import countingstreams.testkit.BatchRunner;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A queue of numbers that is outside, as a message broker is: it hands numbers out in order, and
 * keeps them until they are acknowledged. A new connection gets again what the one before has not
 * acknowledged. Thread-safe.
 */
public final class NumbersQueue implements BatchRunner.Outside {

  /** What a receiver has done with numbers. */
  public enum Moment {
    /** The queue has handed them out. */
    HANDED_OUT,
    /** The receiver says that the queue can forget them, and the queue has not heard it yet. */
    BEFORE_ACKNOWLEDGED,
    /** The queue has forgotten them. */
    ACKNOWLEDGED
  }

  private static final long A_MOMENT_MS = 5;
  private static final long PATIENCE_SECONDS = 30;

  /** What there is: what is handed out and not acknowledged, too, if the queue keeps that. */
  private final TreeSet<Long> kept = new TreeSet<>();

  /** What the connection was handed out, and has not acknowledged. */
  private final TreeSet<Long> handedOut = new TreeSet<>();

  private final Map<Moment, Runnable> actions = new EnumMap<>(Moment.class);
  private Connection connection;
  private boolean open = true;

  /** Adds numbers. */
  public synchronized void put(long from, long until) {
    LongStream.range(from, until).forEach(kept::add);
    notifyAll();
  }

  /** Does something, the next time that a receiver is so far, on its thread. */
  public synchronized void at(Moment moment, Runnable action) {
    actions.put(moment, action);
  }

  /** Hands out numbers again, after a crash. */
  public synchronized void open() {
    open = true;
    notifyAll();
  }

  /** Waits until all numbers are acknowledged. */
  public void awaitAcknowledged() {
    if (!await(this::isAcknowledged, PATIENCE_SECONDS)) {
      throw new AssertionError("The queue still has %s, handed out: %s".formatted(kept, handedOut));
    }
  }

  /** Returns whether all numbers are acknowledged. */
  public synchronized boolean isAcknowledged() {
    return kept.isEmpty() && handedOut.isEmpty();
  }

  /** Waits until something is so, which is asked for with the queue's lock. */
  public synchronized boolean await(BooleanSupplier condition, long seconds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      try {
        wait(A_MOMENT_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for the queue.", e);
      }
    }
    return true;
  }

  /**
   * Opens a connection. The one before it, if there is one, gets nothing any more.
   *
   * @param keeps whether the queue keeps what it hands out until it is acknowledged, or forgets it
   */
  public synchronized Connection connect(boolean keeps) {
    handedOut.clear();
    connection = new Connection(keeps);
    return connection;
  }

  private void reached(Moment moment) {
    Runnable action;
    synchronized (this) {
      action = actions.remove(moment);
    }
    if (action != null) {
      action.run();
    }
  }

  @Override
  public synchronized String save() {
    return kept.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** Has what it had then, and hands out none of it before it is told to. */
  @Override
  public synchronized void load(String saved) {
    kept.clear();
    if (!saved.isEmpty()) {
      for (String number : saved.split(" ")) {
        kept.add(Long.valueOf(number));
      }
    }
    handedOut.clear();
    actions.clear();
    connection = null;
    open = false;
  }

  /** What a receiver holds. Used by one thread. */
  public final class Connection implements AutoCloseable {

    private final boolean keeps;

    private Connection(boolean keeps) {
      this.keeps = keeps;
    }

    /** Returns all that it was not handed out yet; nothing, if none comes for a moment. */
    public List<Long> next() {
      List<Long> numbers = new ArrayList<>();
      synchronized (NumbersQueue.this) {
        if (!hasMore()) {
          try {
            NumbersQueue.this.wait(A_MOMENT_MS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        if (hasMore()) {
          numbers.addAll(kept);
          numbers.removeAll(handedOut);
          handedOut.addAll(numbers);
          if (!keeps) {
            kept.removeAll(numbers);
          }
        }
      }
      if (!numbers.isEmpty()) {
        reached(Moment.HANDED_OUT);
      }
      return numbers;
    }

    private boolean hasMore() {
      return open && connection == this && !handedOut.containsAll(kept);
    }

    /** Tells the queue that it can forget these. */
    public void acknowledge(List<Long> numbers) {
      reached(Moment.BEFORE_ACKNOWLEDGED);
      synchronized (NumbersQueue.this) {
        if (connection == this) {
          kept.removeAll(numbers);
          handedOut.removeAll(numbers);
          NumbersQueue.this.notifyAll();
        }
      }
      reached(Moment.ACKNOWLEDGED);
    }

    @Override
    public void close() {
      synchronized (NumbersQueue.this) {
        if (connection == this) {
          connection = null;
        }
      }
    }
  }
}
