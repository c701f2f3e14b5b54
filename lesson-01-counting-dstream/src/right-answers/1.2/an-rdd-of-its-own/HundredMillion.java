package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** Another way: an RDD class, whose partitions are their shares. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class HundredMillion extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public HundredMillion(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    return new Numbers(context().sparkContext(), range, partitions);
  }

  /** A share of the range. */
  private record Share(int index, NumberRange range) implements Partition {
    @Override
    public boolean equals(Object other) {
      return other instanceof Share share && share.index == index;
    }

    @Override
    public int hashCode() {
      return index;
    }
  }

  /** The numbers of a range. */
  private static final class Numbers extends RDD<Long> {
    private static final long serialVersionUID = 1L;
    private final NumberRange range;
    private final int partitions;

    Numbers(SparkContext spark, NumberRange range, int partitions) {
      super(
          spark,
          CollectionConverters.asScala(List.<Dependency<?>>of()).toSeq(),
          ClassTag$.MODULE$.apply(Long.class));
      this.range = range;
      this.partitions = partitions;
    }

    @Override
    public Partition[] getPartitions() {
      Partition[] shares = new Partition[partitions];
      for (int p = 0; p < partitions; p++) {
        shares[p] =
            new Share(
                p,
                new NumberRange(
                    range.from() + p * range.size() / partitions,
                    range.from() + (p + 1) * range.size() / partitions));
      }
      return shares;
    }

    @Override
    public scala.collection.Iterator<Long> compute(Partition partition, TaskContext task) {
      NumberRange share = ((Share) partition).range();
      Iterator<Long> numbers = LongStream.range(share.from(), share.until()).iterator();
      return CollectionConverters.asScala(numbers);
    }
  }
}
