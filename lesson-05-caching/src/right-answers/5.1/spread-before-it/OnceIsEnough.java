package countingstreams.lesson05.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.streaming.api.java.JavaDStream;

/** Exercise 5.1, Once is enough: a slow function, and several outputs that read its results. */
public final class OnceIsEnough {

  /** What is done with the results of a batch. Used on the driver. */
  @FunctionalInterface
  public interface Output<T> {

    /**
     * Runs jobs on the results: none, one or more.
     *
     * @param batchTime in milliseconds
     */
    void write(long batchTime, JavaRDD<T> results) throws Exception;
  }

  private OnceIsEnough() {}

  /**
   * Gives the results of a function to each output, in each batch. Each output is an output
   * operation of its own: if one fails, the others have the batch all the same.
   *
   * <p>The function is called once for each number of a batch, whatever the outputs do. Its results
   * stay on the executors, and no longer than the batch needs them: of all the batches that are
   * done, at most the last has anything there.
   *
   * @param slow called on executors. It may give other results for the same number in another batch
   * @param outputs one or more; the first is the first to run
   */
  public static <T> void write(
      JavaDStream<Long> numbers, Function<Long, T> slow, List<Output<T>> outputs) {
    JavaDStream<T> results = numbers.repartition(4).map(slow).cache();
    for (Output<T> output : outputs) {
      results.foreachRDD((batch, time) -> output.write(time.milliseconds(), batch));
    }
  }
}
