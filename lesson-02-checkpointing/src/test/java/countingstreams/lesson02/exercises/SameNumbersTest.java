package countingstreams.lesson02.exercises;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.io.NotSerializableException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "2.1",
    title = "The same batch, the same numbers",
    task = "Give a batch time the numbers it had, also to the driver that comes after a crash.",
    solves = SameNumbers.class,
    page = "lesson-02-checkpointing",
    hints = {
      "After a restart the engine asks for batches that were asked for before, and the source has"
          + " more by then. Who can know what they got? What of your stream is in a checkpoint?",
      "Keep a map from batch time to range in a field of the stream. Where the next range begins"
          + " follows from the last one in it.",
      "A TreeMap<Long, NumberRange>: computeIfAbsent(batchTime.milliseconds(), …) asks the source"
          + " only for a batch that is not in it; lastEntry().getValue().until() is where that"
          + " begins, or 0."
    })
class SameNumbersTest {

  private static final AtomicLong ARRIVED = new AtomicLong();

  @Test
  void givesWhatHasArrivedSinceTheBatchBefore() {
    running(
        runner -> {
          arrive(runner, 3, 5, 5, 9);
          Transcript.assertMatches("same-numbers-arrive", lines(runner));
        });
  }

  @Test
  void givesEachBatchTheNumbersItHadBeforeTheCrash() {
    running(
        runner -> {
          runner.hold(Point.JOB_RUNS, 3);
          arrive(runner, 3, 5);
          for (long arrived : new long[] {6, 8, 11}) {
            ARRIVED.set(arrived);
            runner.generate(1);
          }
          runner.crash();
          ARRIVED.set(20);
          runner.recover(1);
          arrive(runner, 23);
          Transcript.assertMatches("same-numbers", lines(runner));
        });
  }

  @Test
  void survivesASecondCrashAndKnowsNothingOfAnotherRun() {
    running(
        runner -> {
          arrive(runner, 2, 4);
          runner.crash();
          running(another -> arrive(another, 1)); // what is static is of the process, not of a run
          ARRIVED.set(7);
          runner.recover(1).crash();
          ARRIVED.set(9);
          runner.recover(1);
          Transcript.assertMatches("same-numbers-twice", lines(runner));
        });
  }

  /** Runs a batch each time that so many numbers have arrived. */
  private static void arrive(BatchRunner runner, long... arrived) {
    for (long numbers : arrived) {
      ARRIVED.set(numbers);
      runner.run(1);
    }
  }

  private static List<String> lines(BatchRunner runner) {
    return runner.batches().stream().map(Batch::line).toList();
  }

  private static void running(Consumer<BatchRunner> test) {
    ARRIVED.set(0);
    try (BatchRunner runner =
        BatchRunner.of(
                // Not ARRIVED::get: that would hold the object, and a copy come from the
                // checkpoint.
                (context, output) ->
                    output.collect(new SameNumbers(context, () -> ARRIVED.get(), 1)))
            .withCheckpoint()
            .start()) {
      test.accept(runner);
    } catch (Exception | LinkageError e) {
      throw explained(e);
    }
  }

  private static RuntimeException explained(Throwable e) {
    // On JDK 24 and newer Spark fails while it looks for the field to name.
    if (e instanceof NotSerializableException || e instanceof LinkageError) {
      throw new AssertionError(
          "The stream can't be written to a checkpoint, because of something that a field of it"
              + " holds: the whole object is serialized, a map with its comparator too. Spark says: "
              + String.valueOf(e.getMessage()).lines().skip(1).findFirst().orElse(e.toString()),
          e);
    }
    if (ExceptionUtils.getRootCause(e) instanceof NullPointerException) {
      throw new AssertionError(
          "A field is null after the restart. What is transient is not in the checkpoint, and no"
              + " constructor is called when the stream comes from there. Java says: "
              + ExceptionUtils.getRootCauseMessage(e),
          e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
