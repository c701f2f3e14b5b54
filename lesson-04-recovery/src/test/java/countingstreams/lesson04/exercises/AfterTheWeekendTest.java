package countingstreams.lesson04.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Exercise(
    id = "4.6",
    title = "After the weekend",
    task =
        "Let in what has come in a long down time, and never more at once than there is room for.",
    solves = AfterTheWeekend.class,
    page = "lesson-04-recovery",
    hints = {
      "At a restart the engine generates all batches of the down time, one right after the other, and"
          + " waits for no job. So how full the queue is changes from one of these batches to the next."
          + " Who knows which batches are not done, also right after a crash?",
      "context().scheduler().getPendingTimes() has the batches that wait or run, without the one that"
          + " is asked for. One that has failed is among them, until the next driver has"
          + " run it. An empty one takes no room. How many numbers does each of the others"
          + " have? It is written down.",
      "Add up log.get(pending.milliseconds()).size() over CollectionConverters.asJava("
          + "context().scheduler().getPendingTimes()). The room is mostQueued less that, but not"
          + " less than 0. Return the least of the room, mostPerBatch and waiting."
    })
class AfterTheWeekendTest {

  private static final long MOST_PER_BATCH = 4;
  private static final long MOST_QUEUED = 10;
  private static final int WEEKEND = 6;
  private static final int ALL = 1000;
  private static final String STAGE = "stage";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** How many numbers the source has. */
  private static volatile long end;

  /** What each batch got, by batch number. */
  private static final Map<Long, NumberRange> LOG = new ConcurrentSkipListMap<>();

  /** The batches that this driver has not generated first. */
  private Set<Long> again = Set.of();

  @BeforeEach
  void forget() {
    end = 0;
    LOG.clear();
  }

  @Test
  void aLongDownTime() {
    running(
        runner -> {
          comeBackAfterTheWeekend(runner);
          end = 31;
          generate(runner);
          assertQueue(runner, "All of that still waits, and a batch comes at its time.");
          runner.gate(STAGE).open(1);
          runner.finish(2);
          end = 32;
          generate(runner);
          assertQueue(runner, "Batch 2, which had 3 numbers, is done. Then the next one comes.");
          runner.gate(STAGE).open(ALL);
          runner.finish();
          for (int i = 0; i < 7; i++) {
            end++;
            runner.run(1);
          }
          assertMatches(
              "after-the-weekend",
              runner,
              "Down for %d intervals after batch 2. Batches 2 to 9 are generated while no job is done,"
                      .formatted(WEEKEND)
                  + " batch 10 when batch 2 is done, batch 11 when all are done. From batch 9 on a"
                  + " number comes in each interval.");
        });
  }

  @Test
  void killedAgainWhileItCatchesUp() {
    running(
        runner -> {
          comeBackAfterTheWeekend(runner);
          runner.gate(STAGE).open(1);
          runner.finish(2);
          generate(runner);
          runner.crash();
          again = Set.copyOf(LOG.keySet());
          end = 40;
          generated(runner, () -> runner.comeBack(2));
          assertQueue(
              runner,
              "The driver was killed again while batches 3 to 9 waited. They run again, each with what"
                  + " it had, and batches 10 and 11 come right after them.");
          catchUp(runner);
          assertMatches(
              "after-the-weekend-again",
              runner,
              "The driver was killed again while batches 3 to 9 waited. The next one begins with"
                  + " these, and generates batches 10 and 11 before one of them is done.");
        });
  }

  @Test
  void moreRunsAgainThanThereIsRoomFor() {
    AtomicReference<CrashImage> left = new AtomicReference<>();
    running(
        runner -> {
          comeBackAfterTheWeekend(runner);
          runner.gate(STAGE).open(1);
          runner.finish(2);
          runner.at(Point.AFTER_COMPUTE, 9, () -> left.set(runner.image()));
          generate(runner);
          again = Set.copyOf(LOG.keySet());
          String what =
              "The driver was killed when batch 9 had its numbers, and the last checkpoint was that of"
                  + " batch 2. So batches 2 to 9 run again, each with what it had: together more than"
                  + " there is room for.";
          try (CrashImage image = left.get()) {
            generated(runner, () -> runner.comeBack(image, 2));
          } catch (IllegalArgumentException e) {
            throw new AssertionError(
                what + " The next batch gets none. Java says: " + e.getMessage(), e);
          }
          assertQueue(runner, what);
          catchUp(runner);
          assertMatches("after-the-weekend-overfull", runner, what);
        });
  }

  /** A driver that is killed after two batches, and another one, whose jobs get stuck. */
  private void comeBackAfterTheWeekend(BatchRunner runner) {
    end = 7;
    runner.gate(STAGE).open(2);
    runner.run(2).crash();
    again = Set.copyOf(LOG.keySet());
    end = 30;
    generated(runner, () -> runner.comeBack(WEEKEND));
    assertQueue(
        runner,
        "Down for %d intervals. Their batches are generated one right after the other, and no job is"
                .formatted(WEEKEND)
            + " done meanwhile.");
  }

  private static void catchUp(BatchRunner runner) {
    runner.gate(STAGE).open(ALL);
    runner.finish().run(6);
  }

  private static void generate(BatchRunner runner) {
    generated(runner, () -> runner.generate(1));
  }

  /** Does something that generates batches, and does not wait for ever. */
  private static void generated(BatchRunner runner, Executable generate) {
    try {
      assertTimeoutPreemptively(
          PATIENCE,
          generate,
          "A batch was not generated, because compute did not return. Batches are generated by one"
              + " thread, one after the other. If it waits for room, no batch is made any more, of no"
              + " stream, and after a crash the start itself does not come to its end");
    } catch (AssertionError e) {
      runner.gate(STAGE).open(ALL); // so that whoever waits for room gets it, and ends
      throw e;
    }
  }

  /** Asserts what may be in the queue while no job of it can end. */
  private void assertQueue(BatchRunner runner, String what) {
    long queued = 0;
    StringBuilder sum = new StringBuilder();
    for (long batch : runner.pendingBatches()) {
      assertThat(LOG.get(batch))
          .as("What the log has of batch %d, which is generated", batch)
          .isNotNull();
      long numbers = LOG.get(batch).size();
      queued += numbers;
      if (numbers > 0) {
        sum.append(sum.isEmpty() ? "" : ", ").append("%d in batch %d".formatted(numbers, batch));
      }
      assertThat(numbers)
          .as(
              "%s How many numbers batch %d got, while the source had %d. A batch may have %d: one that"
                  + " gets a whole weekend is a job that no memory is big enough for",
              what, batch, end, MOST_PER_BATCH)
          .isLessThanOrEqualTo(MOST_PER_BATCH);
      if (numbers > 0 && !again.contains(batch)) {
        assertThat(queued)
            .as(
                "%s How many numbers wait or run once batch %d is generated: %s. There is room for"
                    + " %d. What a batch has got can't be changed any more, is in the driver's memory"
                    + " until its job is done, and runs again after a crash. What no batch has got"
                    + " waits in the source",
                what, batch, sum, MOST_QUEUED)
            .isLessThanOrEqualTo(MOST_QUEUED);
      }
    }
  }

  private static void assertMatches(String name, BatchRunner runner, String what) {
    Map<Long, Set<String>> lines =
        runner.batches().stream()
            .collect(
                Collectors.groupingBy(
                    Batch::number,
                    ConcurrentSkipListMap::new,
                    Collectors.mapping(Batch::line, Collectors.toSet())));
    try {
      Transcript.assertMatches(name, lines.values().stream().flatMap(Set::stream).toList());
    } catch (AssertionError e) {
      throw new AssertionError(what + "\n\n" + e.getMessage(), e);
    }
  }

  private static void running(Consumer<BatchRunner> test) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        new AfterTheWeekend(
                            context, () -> end, new Files(), MOST_PER_BATCH, MOST_QUEUED),
                        STAGE))
            .withOutside(new Outside())
            .withCheckpoint()) {
      test.accept(runner.start());
    } catch (Exception e) {
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  /** The log, as files would be. */
  private static final class Files implements AfterTheWeekend.Log {

    private static final long serialVersionUID = 1L;

    @Override
    public NumberRange get(long batchTime) {
      return LOG.get(batchTime / BatchRunner.INTERVAL_MS);
    }

    @Override
    public NumberRange last() {
      return LOG.values().stream().reduce((one, other) -> other).orElse(null);
    }

    @Override
    public void put(long batchTime, NumberRange range) {
      LOG.put(batchTime / BatchRunner.INTERVAL_MS, range);
    }
  }

  private static final class Outside implements BatchRunner.Outside {

    @Override
    public String save() {
      return LOG.entrySet().stream()
          .map(e -> e.getKey() + " " + e.getValue().from() + " " + e.getValue().until())
          .collect(Collectors.joining("\n"));
    }

    @Override
    public void load(String saved) {
      LOG.clear();
      saved
          .lines()
          .map(line -> line.split(" "))
          .forEach(
              entry ->
                  LOG.put(
                      Long.valueOf(entry[0]),
                      new NumberRange(Long.parseLong(entry[1]), Long.parseLong(entry[2]))));
    }
  }
}
