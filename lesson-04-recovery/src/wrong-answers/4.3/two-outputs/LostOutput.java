package countingstreams.lesson04.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.streaming.api.java.JavaDStream;

/** Exercise 4.3, The lost output: two targets, and a batch that has not reached both. */
public final class LostOutput {

  /** Where the numbers of a batch go: a database, a topic. Used on the driver. */
  public interface Target extends Serializable {

    /**
     * Takes the numbers of a batch. If it has them, nothing changes.
     *
     * @param batchTime in milliseconds
     * @throws Exception if the target can't be reached
     */
    void put(long batchTime, List<Long> numbers) throws Exception;
  }

  private LostOutput() {}

  /**
   * Has each batch put to both targets. If one can't be reached, the job of the batch fails, and a
   * driver that is started again runs the batch again, whichever of the two it was.
   */
  public static void write(JavaDStream<Long> numbers, Target first, Target second) {
    numbers.foreachRDD((batch, time) -> first.put(time.milliseconds(), batch.collect()));
    numbers.foreachRDD((batch, time) -> second.put(time.milliseconds(), batch.collect()));
  }
}
