package countingstreams.lesson01.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

@Exercise(
    id = "1.4",
    title = "Show up in the UI",
    task = "Report the input of each batch, so that the streaming page of Spark's web UI shows it.",
    solves = ShowUp.class,
    page = "lesson-01-counting-dstream",
    hints = {
      "Only the stream knows what it has read, so it has to tell. Whom? Look at what Kafka's direct"
          + " stream does at the end of its compute.",
      "context().scheduler().inputInfoTracker() has a method reportInfo(batchTime, info). The info"
          + " wants the id of the stream: each input stream has its own.",
      "Take the range from super.rangeOf(batchTime), report new StreamInputInfo(id(), range.size(),"
          + " Map$.MODULE$.empty()), and return the range."
    })
class ShowUpTest {

  @Test
  void reportsTheNumbersOfEachBatchUnderItsOwnId() {
    running(
        (context, output) -> {
          output.collect(new CountingDStream(context, 4, 1)); // stream 0 reports nothing
          output.collect(new ShowUp(context, 7, 3)); // stream 1
        },
        runner -> {
          runner.run(3);
          Transcript.assertMatches("show-up", reports(runner.completed()));
          assertThat(
                  runner.completed().stream()
                      .flatMap(b -> infos(b).stream())
                      .map(i -> i.metadata()))
              .as(
                  "Metadata of the reports. The web UI looks for a description in it, and can't"
                      + " show the page of a batch if it is null; an empty map will do")
              .doesNotContainNull();
        });
  }

  @Test
  void givesTheSameNumbersAsBefore() {
    running(
        (context, output) -> output.collect(new ShowUp(context, 3, 1)),
        runner -> {
          runner.run(2);
          assertThat(runner.lines())
              .as(
                  "What the stream gives. Each call of super.rangeOf hands out the next numbers:"
                      + " those that are reported must be those that are returned")
              .isEqualTo(List.of("batch 1 | partition 0 | 0 1 2", "batch 2 | partition 0 | 3 4 5"));
        });
  }

  @Test
  void runsNoJobToFindOut() {
    AtomicInteger jobs = new AtomicInteger();
    running(
        (context, output) -> {
          output.collect(new ShowUp(context, 7, 3));
          context.sparkContext().addSparkListener(counting(jobs));
        },
        runner -> {
          runner.run(3);
          assertThat(jobs.get())
              .as(
                  "Spark jobs in 3 batches with one output operation each. A job that only counts"
                      + " costs every batch its time: the stream knows the size of its range"
                      + " without one")
              .isEqualTo(3);
        });
  }

  private static void running(BatchRunner.Program program, Consumer<BatchRunner> test) {
    try (BatchRunner runner = BatchRunner.of(program).start()) {
      test.accept(runner);
    } catch (IllegalStateException e) {
      throw new AssertionError(
          "A stream reports once for each batch, no more. Spark says: " + e.getMessage(), e);
    } catch (NullPointerException e) {
      throw new AssertionError(
          "rangeOf has to return the range it reports. Java says: " + e.getMessage(), e);
    }
  }

  private static List<String> reports(List<BatchInfo> batches) {
    return batches.stream()
        .flatMap(
            batch -> {
              long number = batch.batchTime().milliseconds() / BatchRunner.INTERVAL_MS;
              List<StreamInputInfo> reports = infos(batch);
              return reports.isEmpty()
                  ? Stream.of("batch %d | no report".formatted(number))
                  : reports.stream()
                      .map(
                          info ->
                              "batch %d | stream %d | %d numbers"
                                  .formatted(number, info.inputStreamId(), info.numRecords()));
            })
        .toList();
  }

  private static List<StreamInputInfo> infos(BatchInfo batch) {
    return List.copyOf(CollectionConverters.asJava(batch.streamIdToInputInfo()).values());
  }

  private static SparkListener counting(AtomicInteger jobs) {
    return new SparkListener() {
      @Override
      public void onJobStart(SparkListenerJobStart start) {
        jobs.incrementAndGet();
      }
    };
  }
}
