package countingstreams.testkit;

import org.apache.spark.storage.BlockStatus;

/**
 * A partition of a persisted RDD that an executor has, in memory or on disk.
 *
 * @param rdd the id of the RDD
 * @param status its bytes in memory and on disk, and how it is stored
 */
public record StoredBlock(int rdd, BlockStatus status) {}
