package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/** Exercise 1.2, A hundred million a batch: numbers that are born in their partition. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class HundredMillion extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public HundredMillion(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  /** Returns the same RDD as CountingDStream, without a list of all the numbers anywhere. */
  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    // TODO 1.2: give each partition its share of the range, and let it make its own numbers
    throw new UnsupportedOperationException("TODO 1.2: let the partitions make the numbers");
  }
}
