package countingstreams.lesson02.exercises;

import org.apache.spark.api.java.function.Function0;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import scala.Option;

/** By the list of files that Spark itself makes: the last is the newest. */
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
      throw new IllegalStateException(
          "No checkpoint in %s can be read, not even %s. Put a good file there, or use an empty directory to start from zero."
              .formatted(directory, newest(directory)),
          e);
    }
  }

  private static String newest(String directory) {
    return Checkpoint.getCheckpointFiles(directory, Option.empty()).last().getName();
  }
}
