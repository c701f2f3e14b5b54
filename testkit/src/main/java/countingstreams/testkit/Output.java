package countingstreams.testkit;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.dstream.DStream;
import scala.reflect.ClassTag$;

/**
 * Output operations that hand results to the test. They hold no more than the run's id, so they can
 * be in a checkpoint and find their run again after a recovery.
 */
public final class Output implements Serializable {

  private static final long serialVersionUID = 1L;

  private final String run;

  Output(String run) {
    this.run = run;
  }

  /** Collects each batch of the stream, by partition, for {@link BatchRunner#batches}. */
  public <T> void collect(DStream<T> stream) {
    String id = run;
    asJava(stream).foreachRDD((rdd, time) -> collect(id, rdd, time));
  }

  /**
   * Collects each batch, and then waits at the gate of that name, unless the batch is empty: a slow
   * stage, as slow as the test wants.
   */
  public <T> void collect(DStream<T> stream, String gate) {
    String id = run;
    asJava(stream)
        .foreachRDD(
            (rdd, time) -> {
              if (!collect(id, rdd, time).elements().isEmpty()) {
                BatchRunner.byId(id).gate(gate).pass();
              }
            });
  }

  private static <T> Batch collect(String run, JavaRDD<T> rdd, Time time) {
    BatchRunner runner = BatchRunner.byId(run);
    runner.reached(Point.JOB_RUNS, time.milliseconds());
    @SuppressWarnings("unchecked")
    List<List<Object>> partitions = (List<List<Object>>) (List<?>) rdd.glom().collect();
    Batch batch = new Batch(time.milliseconds() / BatchRunner.INTERVAL_MS, partitions);
    runner.add(batch);
    runner.reached(Point.AFTER_OUTPUT, time.milliseconds());
    return batch;
  }

  private static <T> JavaDStream<T> asJava(DStream<T> stream) {
    return JavaDStream.fromDStream(stream, ClassTag$.MODULE$.apply(Object.class));
  }
}
