package countingstreams.lesson02.exercises;

import java.io.File;
import java.net.URI;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.spark.api.java.function.Function0;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/** Asks whether there is a checkpoint first, then recovers. */
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
    String newest = newest(directory);
    if (newest.isEmpty()) {
      try {
        return create.call();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    try {
      return JavaStreamingContext.getOrCreate(directory, create);
    } catch (Exception e) {
      throw new IllegalStateException(
          directory + ": not even " + newest + " can be read. Mend it, or name an empty directory",
          e);
    }
  }

  private static String newest(String directory) {
    File[] files = new File(URI.create(directory)).listFiles(File::isFile);
    return Arrays.stream(files)
        .map(File::getName)
        .filter(name -> name.matches("checkpoint-\\d+"))
        .max(Comparator.comparing((String name) -> Long.valueOf(name.substring(11))))
        .orElse("");
  }
}
