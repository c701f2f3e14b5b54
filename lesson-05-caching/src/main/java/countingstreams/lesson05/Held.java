package countingstreams.lesson05;

import java.util.Set;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockStatus;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageStatus;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What executors hold of some RDDs: a block is a partition of one of them. Two copies count as two.
 *
 * @param blocks how many there are
 * @param memory bytes in memory, as Spark has measured or estimated them
 * @param disk bytes on disk
 */
public record Held(long blocks, long memory, long disk) {

  // #region held
  /** Asks the driver's list of blocks. The web UI, which is told by events, may know it later. */
  public static Held of(Set<Integer> rddIds) {
    Held held = new Held(0, 0, 0);
    for (StorageStatus executor : SparkEnv.get().blockManager().master().getStorageStatus()) {
      for (var block : CollectionConverters.asJava(executor.rddBlocks()).entrySet()) {
        if (block.getKey() instanceof RDDBlockId id && rddIds.contains(id.rddId())) {
          held = held.plus(block.getValue());
        }
      }
    }
    return held;
  }

  // #endregion held

  private Held plus(BlockStatus block) {
    return new Held(blocks + 1, memory + block.memSize(), disk + block.diskSize());
  }

  @Override
  public String toString() {
    return "%d blocks, %d bytes in memory, %d on disk".formatted(blocks, memory, disk);
  }
}
