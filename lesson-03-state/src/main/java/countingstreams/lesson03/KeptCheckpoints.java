package countingstreams.lesson03;

import java.io.Serializable;
import java.util.TreeMap;
import org.apache.spark.streaming.Time;

/**
 * What the checkpoint files that the engine keeps could run again. Part of the checkpoint; used by
 * the thread that generates jobs.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class KeptCheckpoints implements Serializable {

  private static final long serialVersionUID = 1L;

  /** If one is damaged, the engine starts from an older one. */
  private static final int KEPT = 10;

  /** By the time in the name of a checkpoint file: the first batch that it could run again. */
  private final TreeMap<Long, Long> firstBatches = new TreeMap<>();

  /**
   * Called before each checkpoint. Its file has the time of the latest checkpoint in its name: so
   * while batches that were queued complete, all their checkpoints go to the same file.
   *
   * @param firstToRunAgain in milliseconds
   */
  public void add(Time checkpointTime, long firstToRunAgain) {
    long time = checkpointTime.milliseconds();
    long name = firstBatches.isEmpty() ? time : Math.max(time, firstBatches.lastKey());
    firstBatches.merge(name, firstToRunAgain, Math::min);
    while (firstBatches.size() > KEPT) {
      firstBatches.pollFirstEntry();
    }
  }

  /**
   * Returns the first batch time, in milliseconds, that a driver could run again, whichever file it
   * starts from.
   *
   * @param done a batch whose checkpoint is on disk
   */
  public long firstToRunAgain(Time done) {
    return firstBatches.values().stream().reduce(done.milliseconds(), Math::min);
  }
}
