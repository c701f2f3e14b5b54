package countingstreams.lesson02.exercises;

import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/** Exercise 2.2, Create or recover: one program for the first start and for every other. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class CreateOrRecover {

  private CreateOrRecover() {}

  /**
   * Returns a context that has not been started: from the checkpoint in a directory, or, if there
   * is none yet, a new one with a batch each second, which writes its checkpoints there.
   *
   * @param graph adds the streams and their outputs to a new context
   * @throws org.apache.spark.SparkException though Scala does not declare it, if there are
   *     checkpoints and none can be read
   */
  public static JavaStreamingContext open(
      JavaSparkContext spark, String directory, Consumer<JavaStreamingContext> graph) {
    // TODO 2.2: let Spark decide which of the two it is
    throw new UnsupportedOperationException("TODO 2.2: create or recover");
  }
}
