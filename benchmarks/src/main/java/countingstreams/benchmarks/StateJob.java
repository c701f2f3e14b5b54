package countingstreams.benchmarks;

/** A running candidate: the only one in its JVM, with which it ends. */
interface StateJob {

  /** Runs the next batch, and returns the checksum of its output. The time of this is measured. */
  long batch() throws Exception;

  /** Waits for what the engine does once a batch is done. */
  default void settle() {}

  /** Returns the checksum of all pages with their totals, after the last batch. */
  long totals() throws Exception;
}
