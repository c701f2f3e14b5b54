package countingstreams.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Says on the console which step of a measurement begins, and how long all that is left will take
 * if the steps are alike. One thread uses it.
 */
final class Steps {

  private final String noun;
  private final int steps;
  private final LongSupplier nanoTime;
  private final long start;
  private int begun;

  /**
   * @param noun what a step is called, as in "Round"
   * @param steps how many there are
   */
  Steps(String noun, int steps) {
    this(noun, steps, System::nanoTime);
  }

  /** With a clock of one's own. */
  Steps(String noun, int steps, LongSupplier nanoTime) {
    this.noun = noun;
    this.steps = steps;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
  }

  /** Prints that the next step begins. */
  void begin(String what) {
    System.out.println(next(what));
  }

  /** Returns what {@link #begin} prints. */
  String next(String what) {
    long elapsed = nanoTime.getAsLong() - start;
    String left = begun == 0 ? "" : ", about " + shown(elapsed / begun * (steps - begun)) + " left";
    begun++;
    return "%s %d of %d%s: %s".formatted(noun, begun, steps, left, what);
  }

  private static String shown(long nanoseconds) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nanoseconds);
    return seconds < 120 ? seconds + " s" : Math.round(seconds / 60.0) + " min";
  }
}
