package countingstreams.lesson05.exercises;

import org.apache.spark.storage.StorageLevel;

/** Exercise 5.2, Which storage level: the one that does what is needed, and no more. */
public final class WhichStorageLevel {

  /**
   * What is needed of an RDD that is dear to compute. The memory of the executors may be too small
   * for all of it.
   *
   * @param readers how many jobs read it, 1 or more. What nobody reads a second time need not be
   *     kept
   * @param memory whether it may take memory
   * @param again whether an element may be computed again, if it is not in memory. Then nothing of
   *     it is to be written to disk; if not, nothing is to be computed twice
   * @param objects whether readers are to find it in memory as objects, so that they need not
   *     deserialize it. If not, it is to take as little memory as it can
   * @param copies on how many executors each partition that is kept is to be, 1 or 2: with 2, one
   *     of them may die
   */
  public record Needs(int readers, boolean memory, boolean again, boolean objects, int copies) {}

  private WhichStorageLevel() {}

  /** Returns the storage level for these needs. */
  public static StorageLevel levelFor(Needs needs) {
    // TODO 5.2: choose by what is needed
    throw new UnsupportedOperationException("TODO 5.2: a storage level for what is needed");
  }
}
