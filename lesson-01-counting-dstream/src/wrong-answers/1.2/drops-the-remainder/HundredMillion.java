package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/** Wrong: ten numbers in fours of two leave two over. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class HundredMillion extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public HundredMillion(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return spark
        .parallelize(split(range, partitions), partitions)
        .flatMap(HundredMillion::count)
        .rdd();
  }

  private static List<NumberRange> split(NumberRange range, int partitions) {
    List<NumberRange> shares = new ArrayList<>();
    long size = range.size() / partitions;
    for (long p = 0; p < partitions; p++) {
      shares.add(new NumberRange(range.from() + p * size, range.from() + (p + 1) * size));
    }
    return shares;
  }

  private static Iterator<Long> count(NumberRange range) {
    return LongStream.range(range.from(), range.until()).iterator();
  }
}
