package countingstreams.lesson05.exercises;

import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/** Wrong: all elements come to the driver. */
public final class CheckpointOnce {

  private CheckpointOnce() {}

  /**
   * Gives an RDD of this batch to the outputs, in their order, and has it a checkpoint in the
   * context's checkpoint directory when they are done. Each of its elements is computed once. There
   * may be more of them than fit into the memory of the executors, or of the driver.
   *
   * <p>When the method returns or throws, nothing is persisted that was not before. Called on the
   * driver, by an output operation, in each batch.
   *
   * @param batch no stream has returned it, no job has run on it, and it has no storage level
   * @param outputs none, one or more; each runs jobs on the RDD that it gets, or none. What one of
   *     them throws goes to the caller; then the RDD need not be a checkpoint
   */
  public static <T> void write(JavaRDD<T> batch, List<Consumer<JavaRDD<T>>> outputs) {
    batch.persist(StorageLevel.MEMORY_AND_DISK());
    batch.checkpoint();
    try {
      batch.collect();
      outputs.forEach(output -> output.accept(batch));
    } finally {
      batch.unpersist();
    }
  }
}
