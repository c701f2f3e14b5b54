package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaSparkContext;
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
    // The driver hands out ranges, two longs a partition. The function has to be static, or a
    // lambda that uses no field: one that captures the stream can't be sent to an executor.
    return JavaSparkContext.fromSparkContext(context().sparkContext())
        .parallelize(split(range, partitions), partitions)
        .flatMap(HundredMillion::count)
        .rdd();
  }

  private static List<NumberRange> split(NumberRange range, int partitions) {
    List<NumberRange> shares = new ArrayList<>();
    for (long p = 0; p < partitions; p++) {
      shares.add(
          new NumberRange(
              range.from() + p * range.size() / partitions,
              range.from() + (p + 1) * range.size() / partitions));
    }
    return shares;
  }

  private static Iterator<Long> count(NumberRange range) {
    return new Iterator<>() {
      private long next = range.from();

      @Override
      public boolean hasNext() {
        return next < range.until();
      }

      @Override
      public Long next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return next++;
      }
    };
  }
}
