package countingstreams.structured05.exercises;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;

/** Exercise S5, Once is enough, in a query: a slow function, and several outputs of a batch. */
public final class OnceInAQuery {

  /** What is done with the results of a batch. Used on the driver. */
  @FunctionalInterface
  public interface Output<T> {

    /**
     * Runs jobs on the results: none, one or more.
     *
     * @param id of the batch
     */
    void write(long id, Dataset<T> results) throws Exception;
  }

  private OnceInAQuery() {}

  /**
   * Gives the results of a batch to each output, one after the other. Called by foreachBatch. The
   * results come of a slow function, earlier in the query: it is called once for each number of the
   * batch, whatever the outputs do.
   *
   * <p>The results stay on the executors, and once this returns or throws, nothing of them is kept.
   *
   * @param outputs one or more. If one fails, those after it have the batch all the same
   * @throws Exception of the output that failed, of the first if there are several: so that the
   *     query fails, and the batch comes again
   */
  public static <T> void write(Dataset<T> results, long id, List<Output<T>> outputs)
      throws Exception {
    results.persist();
    try {
      Exception failure = null;
      for (Output<T> output : outputs) {
        try {
          output.write(id, results);
        } catch (Exception e) {
          if (failure == null) {
            failure = e;
          } else {
            failure.addSuppressed(e);
          }
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      JavaSparkContext.fromSparkContext(results.sparkSession().sparkContext())
          .getPersistentRDDs()
          .values()
          .forEach(JavaRDD::unpersist);
    }
  }
}
