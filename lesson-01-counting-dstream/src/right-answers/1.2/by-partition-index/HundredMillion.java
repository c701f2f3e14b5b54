package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/**
 * Another way: each partition finds its share from its index, so that the driver hands out nothing.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class HundredMillion extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public HundredMillion(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    long from = range.from();
    long size = range.size();
    return spark
        .parallelize(List.<Long>of(), partitions)
        .mapPartitionsWithIndex(
            (index, none) ->
                LongStream.range(
                        from + index * size / partitions, from + (index + 1) * size / partitions)
                    .iterator(),
            true)
        .rdd();
  }
}
