package countingstreams.testkit;

import java.util.Map;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system, but for permissions: it starts a process for each file to set them.
 */
public class QuickFileSystem extends LocalFileSystem {

  /** Called by Hadoop. */
  public QuickFileSystem() {
    this(new Raw());
  }

  QuickFileSystem(Raw raw) {
    super(raw);
  }

  /** Returns settings for Spark, with which it uses this file system. */
  public static Map<String, String> settings() {
    return settings(QuickFileSystem.class);
  }

  static Map<String, String> settings(Class<? extends QuickFileSystem> type) {
    return Map.of(
        "spark.hadoop.fs.file.impl",
        type.getName(),
        "spark.hadoop.fs.file.impl.disable.cache",
        "true");
  }

  /** The file system below the one that keeps checksums. */
  static class Raw extends RawLocalFileSystem {

    @Override
    public void setPermission(Path file, FsPermission permission) {
      // as the process creates it
    }
  }
}
