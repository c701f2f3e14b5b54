package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/** Wrong: one partition makes all the numbers, and a shuffle moves them. */
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
        .parallelize(List.of(range), 1)
        .flatMap(HundredMillion::count)
        .repartition(partitions)
        .rdd();
  }

  private static Iterator<Long> count(NumberRange range) {
    return LongStream.range(range.from(), range.until()).iterator();
  }
}
