package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;

/** Exercise 1.3, A quiet batch: no numbers in every third batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  /**
   * Returns no numbers in batches 3, 6, 9 and so on. No number is left out: the batch after goes on
   * where the batch before has stopped. What is downstream gets a batch, every time.
   */
  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    // TODO 1.3: return nothing in every third batch, in a way that the rest of the graph can bear
    throw new UnsupportedOperationException("TODO 1.3: keep every third batch quiet");
  }
}
