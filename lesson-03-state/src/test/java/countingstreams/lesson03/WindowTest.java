package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.BatchRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** Proves what lesson 3 says of windows. Each batch has 3 views of 2 pages; a window has 10. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class WindowTest {

  private static final Duration WINDOW = Durations.seconds(10);
  private static final Duration SLIDE = Durations.milliseconds(BatchRunner.INTERVAL_MS);

  /** Executors are threads of this JVM: they count here. */
  private static final LongAdder CALLS = new LongAdder();

  private static final Function2<Long, Long, Long> PLUS =
      (sum, more) -> {
        CALLS.increment();
        return sum + more;
      };
  private static final Function2<Long, Long, Long> MINUS =
      (sum, fewer) -> {
        CALLS.increment();
        return sum - fewer;
      };

  @BeforeEach
  void startFromZero() {
    CALLS.reset();
  }

  // #region window
  @Test
  @DisplayName("Without an inverse, all batches of a window are added up anew in each batch")
  void withoutAnInverse() {
    assertThat(callsOfBatches(ones -> ones.reduceByKeyAndWindow(PLUS, WINDOW, SLIDE)))
        .containsExactly(1L, 3L, 5L, 7L, 9L, 11L, 13L, 15L, 17L, 19L, 19L, 19L, 19L, 19L);
  }

  @Test
  @DisplayName("With an inverse, a batch costs what comes and what leaves")
  void withAnInverse() {
    assertThat(callsOfBatches(ones -> ones.reduceByKeyAndWindow(PLUS, MINUS, WINDOW, SLIDE)))
        .containsExactly(1L, 3L, 3L, 3L, 3L, 3L, 3L, 3L, 3L, 3L, 5L, 5L, 5L, 5L);
  }

  // #endregion window

  private static List<Long> callsOfBatches(UnaryOperator<JavaPairDStream<Long, Long>> window) {
    List<Long> calls = new ArrayList<>();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        window
                            .apply(
                                new PageViewsDStream(context, 3, 2, 2)
                                    .asJava()
                                    .mapToPair(page -> new Tuple2<>(page, 1L)))
                            .dstream()))
            .withCheckpoint()
            .start()) {
      for (int batch = 1; batch <= 14; batch++) {
        CALLS.reset();
        runner.run(1);
        calls.add(CALLS.sum());
      }
    }
    return calls;
  }
}
