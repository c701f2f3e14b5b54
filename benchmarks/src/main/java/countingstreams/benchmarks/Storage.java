package countingstreams.benchmarks;

import org.apache.spark.storage.StorageLevel;

/** Where the records of a batch are kept, once they are computed. */
enum Storage {
  /** Nowhere: each output computes them again. */
  NONE,
  MEMORY_ONLY,
  MEMORY_ONLY_SER,
  MEMORY_AND_DISK,
  DISK_ONLY;

  StorageLevel level() {
    return StorageLevel.fromString(name());
  }
}
