package countingstreams.lesson01.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.streaming.Time;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "1.3",
    title = "A quiet batch",
    task = "Give no numbers in every third batch, without breaking what is downstream.",
    solves = QuietBatch.class,
    page = "lesson-01-counting-dstream",
    hints = {
      "There are two ways to return nothing from compute. One means 'no batch', the other 'a batch"
          + " with nothing in it'. Which of them can a transformation work on?",
      "batchNumber(batchTime) tells which batch it is. In the others, CountingDStream's own compute"
          + " is right. In the quiet ones it must not be called: it would use up numbers.",
      "In a quiet batch return Option.apply of an empty RDD: JavaSparkContext has emptyRDD(), and"
          + " JavaSparkContext.fromSparkContext(context().sparkContext()) gives you one."
    })
class QuietBatchTest {

  @Test
  void isQuietInEveryThirdBatchAndLeavesNoNumberOut() {
    running(
        (context, output) -> output.collect(new QuietBatch(context, 4, 2)),
        runner -> {
          runner.run(7);
          List<String> lines = runner.batches().stream().map(Batch::line).toList();
          Transcript.assertMatches("quiet-batch", lines);
        });
  }

  @Test
  void theEngineCompletesTheQuietBatchesToo() {
    running(
        (context, output) -> output.collect(new QuietBatch(context, 4, 2)),
        runner -> {
          runner.run(6);
          assertThat(
                  runner.completed().stream().map(batch -> batch.batchTime().milliseconds() / 1000))
              .as(
                  "Batches for which the engine said 'completed'. Without an RDD a batch has no"
                      + " job: it is never submitted, never completed, and no listener hears of it")
              .isEqualTo(LongStream.rangeClosed(1, 6).boxed().toList());
        });
  }

  @Test
  void aTransformationDownstreamWorksInAQuietBatch() {
    running(
        (context, output) ->
            output.collect(
                new QuietBatch(context, 2, 1)
                    .asJava()
                    .<Long>transform(rdd -> rdd.map(number -> 10 * number))
                    .dstream()),
        runner -> {
          runner.run(4);
          assertThat(runner.batches().stream().map(Batch::elements))
              .as("Ten times the numbers of batches 1 to 4")
              .isEqualTo(
                  List.of(List.of(0L, 10L), List.of(20L, 30L), List.of(), List.of(40L, 50L)));
        });
  }

  @Test
  void countsFromTheFirstBatchWheneverThatIs() {
    long zeroTime = 1_700_000_002_000L;
    List<QuietBatch> stream = new ArrayList<>();
    running(
        (context, output) -> {
          output.collect(new CountingDStream(context, 1, 1));
          stream.add(new QuietBatch(context, 4, 2));
        },
        runner -> {
          stream.get(0).initialize(new Time(zeroTime)); // as the engine does when it starts
          assertThat(
                  LongStream.rangeClosed(1, 6)
                      .map(
                          batch ->
                              stream
                                  .get(0)
                                  .compute(new Time(zeroTime + 1000 * batch))
                                  .get()
                                  .count())
                      .boxed())
              .as(
                  "How many numbers batches 1 to 6 have if the stream starts at %d ms. A batch time"
                      + " is a time of day; its number depends on when the stream has started",
                  zeroTime)
              .isEqualTo(List.of(4L, 4L, 0L, 4L, 4L, 0L));
        });
  }

  private static void running(BatchRunner.Program program, Consumer<BatchRunner> test) {
    try (BatchRunner runner = BatchRunner.of(program).start()) {
      test.accept(runner);
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private static RuntimeException explained(Exception e) {
    if (String.valueOf(e.getMessage()).contains("Couldn't generate RDD")) {
      throw new AssertionError(
          "A transform() downstream fails in the quiet batch: it needs an RDD, even if there is"
              + " nothing in it. Spark says: "
              + e.getMessage(),
          e);
    }
    if (e instanceof NullPointerException || e instanceof NoSuchElementException) {
      throw new AssertionError(
          "The engine finds no RDD in what compute has returned. Null is no answer at all, and None"
              + " says that there is no batch; return an RDD with nothing in it. Java says: "
              + e.getMessage(),
          e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
