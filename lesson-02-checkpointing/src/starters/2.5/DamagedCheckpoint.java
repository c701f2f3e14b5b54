package countingstreams.lesson02.exercises;

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
    // TODO 2.5: recover, create, or say clearly why neither
    throw new UnsupportedOperationException("TODO 2.5: stop clearly if no checkpoint can be read");
  }
}
