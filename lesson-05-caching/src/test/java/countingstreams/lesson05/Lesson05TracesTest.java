package countingstreams.lesson05;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Output;
import countingstreams.testkit.Traces;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Records the runs that the page of lesson 5 plays. */
@Tag("course-check")
class Lesson05TracesTest {

  /** How often each number was computed. Executors are threads of this JVM: they count here. */
  private static final Map<Long, Integer> COMPUTED = new ConcurrentHashMap<>();

  @BeforeEach
  void forget() {
    COMPUTED.clear();
  }

  @Test
  void notKept() {
    record("not-kept", "Nothing is kept", StorageLevel.NONE());
  }

  @Test
  void kept() {
    record("kept", "Kept in memory", StorageLevel.MEMORY_ONLY_SER());
  }

  private static void record(String name, String title, StorageLevel level) {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> threeOutputs(context, output, level))
            .recording(title)
            .start()) {
      runner.run(3);
      Traces.assertSameStructure("lesson-05/" + name, runner);
    }
  }

  // #region three-outputs
  private static void threeOutputs(StreamingContext context, Output output, StorageLevel level) {
    JavaDStream<Long> numbers =
        new CountingDStream(context, 4, 2).asJava().map(Lesson05TracesTest::compute).persist(level);
    numbers.foreachRDD(batch -> batch.foreach(number -> {}));
    numbers.foreachRDD(batch -> batch.foreach(number -> {}));
    output.collect(numbers.map(number -> number + " ×" + COMPUTED.get(number)).dstream());
  }

  private static long compute(long number) {
    COMPUTED.merge(number, 1, Integer::sum);
    return number;
  }

  // #endregion three-outputs
}
