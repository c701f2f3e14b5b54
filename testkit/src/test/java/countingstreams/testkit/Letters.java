package countingstreams.testkit;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.dstream.InputDStream;
import scala.Option;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Gives "a", "b" and "c" in two partitions, every batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class Letters extends InputDStream<String> {

  private static final long serialVersionUID = 1L;
  private static final ClassTag<String> STRING = ClassTag$.MODULE$.apply(String.class);

  Letters(StreamingContext context) {
    super(context, STRING);
  }

  @Override
  public Option<RDD<String>> compute(Time time) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context().sparkContext());
    return Option.apply(spark.parallelize(List.of("a", "b", "c"), 2).rdd());
  }

  JavaDStream<String> asJava() {
    return JavaDStream.fromDStream(this, STRING);
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}
}
