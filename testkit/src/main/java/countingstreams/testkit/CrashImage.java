package countingstreams.testkit;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;

/**
 * What a driver leaves if it is killed at some moment: the files of its checkpoint directory, and
 * what it has put out. {@link BatchRunner#restart} starts a new driver on it, any number of times.
 *
 * @param files a copy of the checkpoint directory, which a test may damage
 * @param batches what was put out until then
 * @param time the time of the manual clock, in milliseconds
 */
public record CrashImage(Path files, List<Batch> batches, long time) implements AutoCloseable {

  private static final int COPY_ATTEMPTS = 20;

  static CrashImage of(Path checkpoint, List<Batch> batches, long time) {
    try {
      Path copy = Files.createTempDirectory("crash-");
      copyWhileWritten(checkpoint, copy);
      return new CrashImage(copy, batches, time);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a directory the same as the files of this image. */
  void putInto(Path checkpoint) {
    try {
      FileUtils.deleteDirectory(checkpoint.toFile());
      FileUtils.copyDirectory(files.toFile(), checkpoint.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes the copy. */
  @Override
  public void close() {
    FileUtils.deleteQuietly(files.toFile());
  }

  /** Spark renames and deletes files meanwhile. */
  private static void copyWhileWritten(Path from, Path to) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        FileUtils.copyDirectory(from.toFile(), to.toFile());
        return;
      } catch (FileNotFoundException | NoSuchFileException e) {
        if (attempt == COPY_ATTEMPTS) {
          throw e;
        }
        FileUtils.cleanDirectory(to.toFile());
      }
    }
  }
}
