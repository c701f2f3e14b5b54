package countingstreams.lesson02.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "2.3",
    title = "What a checkpoint cannot carry",
    task =
        "Use one connection a life, which is not in the checkpoint, and open it again after a crash.",
    solves = Reopened.class,
    todos = 2,
    page = "lesson-02-checkpointing",
    hints = {
      "The whole object is serialized: what of it must not be? And what does that mean for the"
          + " stream that comes back, for which no constructor was called?",
      "start() looks like the place to open it. But the engine calls start() only on a new graph, not"
          + " on one from a checkpoint. What does it call in every life?",
      "A transient field. In rangeOf: if it is null, open it; then reserve the range that"
          + " super.rangeOf gives. In stop(): close it, if there is one."
    })
class ReopenedTest {

  /** The process at the other end, as it were: what it has seen, and who is connected. */
  private static final List<String> SEEN = Collections.synchronizedList(new ArrayList<>());

  private static final List<Reopened.Connection> OPEN =
      Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    SEEN.clear();
    OPEN.clear();
  }

  @Test
  void usesOneConnectionAndClosesIt() {
    running(
        runner -> {
          runner.run(3);
          assertThat(SEEN)
              .as("What the source has seen of three batches: one connection, and their ranges")
              .containsExactly("open", "0 until 5", "5 until 10", "10 until 15");
          runner.close();
          assertThat(SEEN.subList(4, SEEN.size()))
              .as("What the source has seen of the end of the run")
              .containsExactly("close");
        });
  }

  @Test
  void stopsWithoutAConnectionIfThereWasNoBatch() {
    Reopened[] stream = new Reopened[1];
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  stream[0] = new Reopened(context, ReopenedTest::connect, 5);
                  output.collect(stream[0]);
                })
            .start()) {
      Throwable thrown = catchThrowable(stream[0]::stop);
      assertThat(thrown)
          .as(
              "What stop() throws before the first batch. No connection is open then, and there is"
                  + " none to close. (Spark would write it to its log, where nobody looks)")
          .isNull();
      assertThat(OPEN).as("Connections that are open after stop()").isEmpty();
    }
  }

  @Test
  void opensAnotherOneAfterACrash() {
    running(
        runner -> {
          runner.run(2).crash();
          SEEN.clear();
          OPEN.clear(); // a dead process has no connections
          runner.recover(1).run(1);
          assertThat(SEEN)
              .as(
                  "What the source has seen since the restart: a connection, batch 2 again, then"
                      + " batches 3 and 4")
              .containsExactly("open", "5 until 10", "10 until 15", "15 until 20");
          Transcript.assertMatches("reopened", runner.lines());
        });
  }

  private static Reopened.Connection connect() {
    SEEN.add("open");
    Reopened.Connection connection =
        new Reopened.Connection() {
          @Override
          public void reserve(NumberRange range) {
            if (!OPEN.contains(this)) {
              throw new IllegalStateException("This connection is not open.");
            }
            SEEN.add(range.from() + " until " + range.until());
          }

          @Override
          public void close() {
            OPEN.remove(this);
            SEEN.add("close");
          }
        };
    OPEN.add(connection);
    return connection;
  }

  private static void running(Consumer<BatchRunner> test) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(new Reopened(context, ReopenedTest::connect, 5)))
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
          "The connection is in the checkpoint, and can't be: all fields of the stream are, unless"
              + " they are transient. Spark says: "
              + String.valueOf(e.getMessage()).lines().skip(1).findFirst().orElse(e.toString()),
          e);
    }
    Throwable root = ExceptionUtils.getRootCause(e);
    if (root instanceof NullPointerException) {
      throw new AssertionError(
          "There is no connection after the restart. The stream comes from the checkpoint: no"
              + " constructor is called, and start() is not either. Java says: "
              + root.getMessage(),
          e);
    }
    if (String.valueOf(root.getMessage()).contains("not open")) {
      throw new AssertionError(
          "A connection was used that is not open: it was closed, or belongs to a process that is"
              + " dead. A static field is not in the checkpoint, and no way to keep it: a new process"
              + " has its own",
          e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
