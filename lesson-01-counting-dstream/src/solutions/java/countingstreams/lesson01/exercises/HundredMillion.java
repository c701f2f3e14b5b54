package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import scala.Function1;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;

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
    // Scala's mapPartitions hands its iterator on as it is. Java's, and flatMap, would wrap it.
    return JavaSparkContext.fromSparkContext(context().sparkContext())
        .parallelize(split(range, partitions), partitions)
        .rdd()
        .mapPartitions(
            (Function1<Iterator<NumberRange>, Iterator<Long>> & Serializable)
                share -> new Numbers(share.next()),
            false,
            ClassTag$.MODULE$.apply(Long.class));
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

  /** Makes each number when it is asked for it. */
  private static final class Numbers extends AbstractIterator<Long> {
    private final long until;
    private long next;

    Numbers(NumberRange range) {
      next = range.from();
      until = range.until();
    }

    @Override
    public boolean hasNext() {
      return next < until;
    }

    @Override
    public Long next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return next++;
    }
  }
}
