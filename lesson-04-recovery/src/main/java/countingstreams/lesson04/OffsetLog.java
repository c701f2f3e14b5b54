package countingstreams.lesson04;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Which offset ranges each batch time got, in a file for each: written before there is a job that
 * could read them. Used on the driver, by the thread that generates jobs.
 */
final class OffsetLog {

  private final FileSystem files;
  private final Path directory;

  /** By batch time, in milliseconds: what is in the files. */
  private final TreeMap<Long, List<OffsetRange>> entries = new TreeMap<>();

  /**
   * Opens the log in a folder, and reads what is there.
   *
   * @param directory a folder, as a URI; made if it is not there
   * @throws IOException if it can't be read
   */
  OffsetLog(String directory, Configuration hadoop) throws IOException {
    this.directory = new Path(directory);
    this.files = this.directory.getFileSystem(hadoop);
    files.mkdirs(this.directory);
    for (FileStatus file : files.listStatus(this.directory)) {
      String name = file.getPath().getName();
      if (!name.startsWith(".")) { // left by a driver that died while it wrote
        entries.put(Long.valueOf(name), read(file.getPath()));
      }
    }
  }

  /** Returns what a batch got, or null if it has not been generated. In milliseconds. */
  List<OffsetRange> get(long batchTime) {
    return entries.get(batchTime);
  }

  /** Returns whether it has a batch before this one. */
  boolean hasBefore(long batchTime) {
    return entries.lowerKey(batchTime) != null;
  }

  /** Returns what the last batch got, or null if there is none from this one on. */
  List<OffsetRange> lastFrom(long batchTime) {
    Map.Entry<Long, List<OffsetRange>> last = entries.lastEntry();
    return last == null || last.getKey() < batchTime ? null : last.getValue();
  }

  // #region write
  /**
   * Writes down what a batch gets, once and for all: aside, then renamed, so that a file that is
   * there is whole.
   */
  void write(long batchTime, List<OffsetRange> ranges) throws IOException {
    Path aside = new Path(directory, ".%d.%s".formatted(batchTime, UUID.randomUUID()));
    try (DataOutputStream output = files.create(aside)) {
      output.writeInt(ranges.size());
      for (OffsetRange range : ranges) {
        output.writeInt(range.partition());
        output.writeLong(range.from());
        output.writeLong(range.until());
      }
    }
    if (!files.rename(aside, new Path(directory, String.valueOf(batchTime)))) {
      throw new IOException("Can't write " + new Path(directory, String.valueOf(batchTime)));
    }
    entries.put(batchTime, ranges);
  }

  // #endregion write

  /** Deletes the files of batches before a time, in milliseconds; the last one always stays. */
  void deleteBefore(long batchTime) throws IOException {
    while (entries.size() > 1 && entries.firstKey() < batchTime) {
      files.delete(new Path(directory, String.valueOf(entries.firstKey())), false);
      entries.pollFirstEntry();
    }
  }

  private List<OffsetRange> read(Path file) throws IOException {
    List<OffsetRange> ranges = new ArrayList<>();
    try (DataInputStream input = files.open(file)) {
      for (int left = input.readInt(); left > 0; left--) {
        ranges.add(new OffsetRange(input.readInt(), input.readLong(), input.readLong()));
      }
    }
    return ranges;
  }
}
