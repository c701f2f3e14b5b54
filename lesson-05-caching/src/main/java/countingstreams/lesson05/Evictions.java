package countingstreams.lesson05;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.storage.BlockUpdatedInfo;
import org.apache.spark.storage.RDDBlockId;

/**
 * Counts blocks of RDDs that had to leave the memory of an executor for others. What is unpersisted
 * is not told to listeners block by block, so it does not count. Called on the listener bus's
 * thread.
 */
final class Evictions extends SparkListener {

  private final IntPredicate counts;
  private final Set<String> inMemory = ConcurrentHashMap.newKeySet();
  private final AtomicLong count = new AtomicLong();

  /**
   * @param counts says of the id of an RDD whether it counts
   */
  Evictions(IntPredicate counts) {
    this.counts = counts;
  }

  // #region block-updated
  @Override
  public void onBlockUpdated(SparkListenerBlockUpdated event) {
    BlockUpdatedInfo block = event.blockUpdatedInfo();
    if (block.blockId() instanceof RDDBlockId id && counts.test(id.rddId())) {
      String copy = id + " on " + block.blockManagerId();
      if (block.storageLevel().useMemory()) { // the size is that of what was dropped, if it was
        inMemory.add(copy);
      } else if (inMemory.remove(copy)) {
        count.incrementAndGet();
      }
    }
  }

  // #endregion block-updated

  long count() {
    return count.get();
  }
}
