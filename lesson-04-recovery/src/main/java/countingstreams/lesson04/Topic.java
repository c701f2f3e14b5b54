package countingstreams.lesson04;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;

/**
 * Numbers that can be read again: each partition has them in an order, and an offset of each stays
 * what it is. Part of the checkpoint, so it holds no connection.
 */
public interface Topic extends Serializable {

  /** Connects the driver, which chooses what a batch reads. */
  Offsets offsets();

  /**
   * Returns the numbers of a range that is not empty, the same ones each time. Called by a task, on
   * an executor.
   *
   * @throws RuntimeException here or when it is read, if not all of them are there
   */
  Iterator<Long> read(OffsetRange range, TaskContext task);

  /** What there is to read. Used on the driver, by the thread that generates jobs. */
  interface Offsets extends AutoCloseable {

    /**
     * Returns what comes next, a range for each partition: what there is, but no more than so many
     * records.
     *
     * @param before where each partition is, by its number; one that is not there begins with what
     *     the topic has
     * @throws RuntimeException if that can't be known, or records that were not read yet are gone
     */
    List<OffsetRange> next(Map<Integer, Long> before, long atMost);

    @Override
    void close();
  }
}
