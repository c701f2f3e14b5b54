package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/** Wrong: parallelize only spreads what the driver has made before. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class HundredMillion extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public HundredMillion(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return spark.parallelize(range.toList(), partitions).rdd();
  }
}
