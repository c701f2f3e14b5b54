package countingstreams.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * What a driver leaves if it is killed at some moment: the files of its checkpoint directory, and
 * what it has put out. {@link BatchRunner#restart} starts a new driver on it, any number of times.
 *
 * @param files a copy of the checkpoint directory, which a test may damage
 * @param batches what was put out until then
 * @param time the time of the manual clock, in milliseconds
 * @param outside what else survives: see {@link BatchRunner#withOutside}
 */
public record CrashImage(Path files, List<Batch> batches, long time, String outside)
    implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 30;

  /** Returns a copy of a directory as it was at one moment. Whoever calls it deletes the copy. */
  public static Path copy(Path checkpoint) {
    try {
      Path copy = Files.createTempDirectory("crash-");
      copyWhileWritten(checkpoint, copy);
      return copy;
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

  /**
   * Copies what was there at one moment. Spark's threads write, rename and delete files meanwhile:
   * a copy in which some files are older than others is none that a crash could leave.
   */
  private static void copyWhileWritten(Path from, Path to) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < deadline) {
      try {
        Map<Path, String> before = listing(from);
        for (Path file : before.keySet()) {
          Path copy = to.resolve(from.relativize(file));
          if (Files.isDirectory(file)) {
            Files.createDirectories(copy);
          } else {
            Files.copy(file, copy);
          }
        }
        if (listing(from).equals(before)) {
          return;
        }
      } catch (NoSuchFileException e) {
        // gone between the listing and the copy: look again
      } catch (UncheckedIOException e) { // likewise, between two steps of the listing
        if (!(e.getCause() instanceof NoSuchFileException)) {
          throw e;
        }
      }
      FileUtils.cleanDirectory(to.toFile());
    }
    throw new IOException(
        "The files of %s did not stop changing for %d s.".formatted(from, PATIENCE_SECONDS));
  }

  /** Returns the files, a folder before what is in it, with their sizes and times of change. */
  private static Map<Path, String> listing(Path folder) throws IOException {
    Map<Path, String> listing = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        listing.put(file, attributes.size() + " " + attributes.lastModifiedTime());
      }
    }
    return listing;
  }
}
