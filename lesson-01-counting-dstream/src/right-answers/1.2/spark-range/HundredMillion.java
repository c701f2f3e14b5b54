package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/** Another way: Spark's own range, which does the same. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class HundredMillion extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public HundredMillion(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    RDD<?> numbers = context().sparkContext().range(range.from(), range.until(), 1, partitions);
    @SuppressWarnings("unchecked") // Scala's Long is Java's in a generic type
    RDD<Long> boxed = (RDD<Long>) numbers;
    return boxed;
  }
}
