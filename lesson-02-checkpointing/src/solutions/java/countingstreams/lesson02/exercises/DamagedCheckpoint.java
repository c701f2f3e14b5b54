package countingstreams.lesson02.exercises;

import java.io.File;
import java.net.URI;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.Function0;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/** Exercise 2.5, A damaged checkpoint: an older one, or a clear stop. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class DamagedCheckpoint {

  private DamagedCheckpoint() {}

  /**
   * Returns a context that has not been started: from the newest checkpoint in the directory that
   * can be read, or a new one, if there is none. Changes no file.
   *
   * @param directory a file URI
   * @param create makes a new context, with its graph
   * @throws IllegalStateException if there are checkpoints, and none can be read: the message names
   *     the directory and the newest file and says what can be done, the cause is Spark's
   */
  public static JavaStreamingContext open(
      String directory, Function0<JavaStreamingContext> create) {
    try {
      // Spark goes on to older files by itself. It throws if none is left.
      return JavaStreamingContext.getOrCreate(directory, create);
    } catch (Exception e) {
      String newest = newest(directory);
      if (newest.isEmpty()) {
        throw e; // from create: there is nothing to read
      }
      throw new IllegalStateException(
          "No checkpoint in %s can be read, not even %s. Put a good file there, or use an empty directory to start from zero."
              .formatted(directory, newest),
          e);
    }
  }

  private static String newest(String directory) {
    File[] files = new File(URI.create(directory)).listFiles(File::isFile);
    return Stream.of(files == null ? new File[0] : files)
        .map(File::getName)
        .filter(name -> name.matches("checkpoint-\\d+"))
        .max(Comparator.comparing((String name) -> Long.valueOf(name.substring(11))))
        .orElse("");
  }
}
