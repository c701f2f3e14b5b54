package countingstreams.lesson03;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.WritableUtils;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.HashMap;
import scala.collection.immutable.HashMap$;

/**
 * The files of page counts: one for each batch and partition. Most hold the totals that the batch
 * has changed; one in {@value #CYCLE} holds all totals, a snapshot. The partitions take their
 * snapshots in turn: with two or more of them, no batch writes all.
 *
 * @param directory a folder, as a URI
 * @param intervalMs the batch interval, in milliseconds
 * @param hadoop how to reach the folder; sent to each executor once, as it is large
 */
record StateFiles(String directory, long intervalMs, Broadcast<SerializableConfiguration> hadoop)
    implements Serializable {

  /** Each partition has a snapshot among so many batches in a row. */
  static final int CYCLE = 10;

  // #region snapshot
  /** Returns whether a batch's file of a partition holds all totals. */
  boolean isSnapshot(long batchTime, int partition) {
    return (batchTime / intervalMs + partition) % CYCLE == 0;
  }

  // #endregion snapshot

  /**
   * Writes what has to be kept of a partition after a batch. Called by a task, maybe twice, maybe
   * by two at the same time: both write the same, because the batch has the same views again, each
   * to a file of its own, then rename it. If a task dies in between, its file is left aside, until
   * {@link #delete} comes to the batch.
   */
  void write(long batchTime, int partition, PageCounts counts) throws IOException {
    HashMap<Long, Long> totals =
        isSnapshot(batchTime, partition) ? counts.totals() : counts.changed();
    Path file = file(batchTime, partition);
    Path aside = new Path(directory, ".%s.%s".formatted(file.getName(), UUID.randomUUID()));
    FileSystem files = fileSystem(file);
    try (DataOutputStream output = files.create(aside)) {
      WritableUtils.writeVInt(output, totals.size());
      Iterator<Tuple2<Long, Long>> pages = totals.iterator();
      while (pages.hasNext()) {
        Tuple2<Long, Long> page = pages.next();
        WritableUtils.writeVLong(output, page._1()); // a small number takes few bytes
        WritableUtils.writeVLong(output, page._2());
      }
    }
    if (!files.rename(aside, file)) { // Some file systems don't replace a file.
      files.delete(aside, false);
      if (!files.exists(file)) {
        throw new IOException("Can't write " + file);
      }
    }
  }

  // #region read
  /**
   * Returns a partition's counts after the last of these batches, from its last snapshot, if there
   * is one, and what has changed since.
   *
   * @param batchTimes consecutive ones, in order; from the first batch on, or at least {@value
   *     #CYCLE}
   * @throws IOException if a file can't be read, or is not there
   */
  PageCounts read(List<Long> batchTimes, int partition) throws IOException {
    int first = batchTimes.size();
    do {
      first--;
    } while (first > 0 && !isSnapshot(batchTimes.get(first), partition));
    HashMap<Long, Long> totals = HashMap$.MODULE$.empty();
    for (long batchTime : batchTimes.subList(Math.max(first, 0), batchTimes.size())) {
      Path file = file(batchTime, partition);
      try (DataInputStream input = fileSystem(file).open(file)) {
        for (int pages = WritableUtils.readVInt(input); pages > 0; pages--) {
          totals = totals.updated(WritableUtils.readVLong(input), WritableUtils.readVLong(input));
        }
      } catch (FileNotFoundException e) {
        throw new IOException(
            "No %s: its batch has failed, or no output operation has read partition %d of it."
                .formatted(file, partition),
            e);
      }
    }
    return PageCounts.of(totals);
  }

  // #endregion read

  /** Deletes the files of a batch, those that are there, and those that were left aside. */
  void delete(long batchTime) throws IOException {
    Path all = new Path(directory, "{,.}%d-*".formatted(batchTime));
    FileSystem files = fileSystem(all);
    for (FileStatus file : files.globStatus(all)) {
      files.delete(file.getPath(), false);
    }
  }

  private Path file(long batchTime, int partition) {
    String kind = isSnapshot(batchTime, partition) ? "snapshot" : "changes";
    return new Path(directory, "%d-%d.%s".formatted(batchTime, partition, kind));
  }

  private FileSystem fileSystem(Path file) throws IOException {
    return file.getFileSystem(hadoop.value().value());
  }
}
