package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import scala.Option;
import scala.reflect.ClassTag$;

/** Another way: Spark's Scala methods, and the time since the first batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class QuietBatch extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public QuietBatch(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    long sinceStart = batchTime.minus(zeroTime()).milliseconds();
    boolean quiet = sinceStart % (3 * slideDuration().milliseconds()) == 0;
    return quiet
        ? Option.apply(context().sparkContext().emptyRDD(ClassTag$.MODULE$.apply(Long.class)))
        : super.compute(batchTime);
  }
}
