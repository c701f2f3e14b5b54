package countingstreams.testkit;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A local file system, which tells a test of each change just before it makes it: "create",
 * "rename" or "delete" and the names of the files. Checksum files, ".….crc", count too: a crash can
 * fall between them and theirs.
 */
public final class WatchedFileSystem extends QuickFileSystem {

  /** The Hadoop setting that names the watcher. */
  private static final String WATCHER = "countingstreams.watcher";

  private static final Map<String, Consumer<String>> WATCHERS = new ConcurrentHashMap<>();

  /**
   * Returns settings for Spark, with which it uses this file system and tells a watcher.
   *
   * @param id of the watcher
   * @param watcher is told "create", "rename" or "delete" and the names of the files, on the thread
   *     that makes the change
   */
  public static Map<String, String> watch(String id, Consumer<String> watcher) {
    WATCHERS.put(id, watcher);
    Map<String, String> settings = new HashMap<>(settings(WatchedFileSystem.class));
    settings.put("spark.hadoop." + WATCHER, id);
    return settings;
  }

  /** Forgets a watcher. File systems that are open go on to tell it. */
  public static void forget(String id) {
    WATCHERS.remove(id);
  }

  /** Called by Hadoop. */
  public WatchedFileSystem() {
    super(new Raw());
  }

  private static final class Raw extends QuickFileSystem.Raw {

    private Consumer<String> watcher = change -> {};

    @Override
    public void initialize(URI uri, Configuration conf) throws IOException {
      super.initialize(uri, conf);
      watcher = WATCHERS.getOrDefault(conf.get(WATCHER, ""), watcher);
    }

    @Override
    public FSDataOutputStream create(
        Path file,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      watcher.accept("create " + file.getName());
      return super.create(file, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public FSDataOutputStream create(
        Path file,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      watcher.accept("create " + file.getName());
      return super.create(
          file, permission, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
      watcher.accept("rename " + from.getName() + " to " + to.getName());
      return super.rename(from, to);
    }

    @Override
    public boolean delete(Path file, boolean recursive) throws IOException {
      if (exists(file)) {
        watcher.accept("delete " + file.getName());
      }
      return super.delete(file, recursive);
    }
  }
}
