package countingstreams.lesson02.exercises;

import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/** The order of streams and checkpoint directory does not matter. */
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
    return JavaStreamingContext.getOrCreate(
        directory,
        () -> {
          // All of this is in the checkpoint, and so belongs to a new context only.
          JavaStreamingContext context = new JavaStreamingContext(spark, Durations.seconds(1));
          graph.accept(context);
          context.checkpoint(directory);
          return context;
        });
  }
}
