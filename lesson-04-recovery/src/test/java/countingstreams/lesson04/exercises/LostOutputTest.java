package countingstreams.lesson04.exercises;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "4.3",
    title = "The lost output",
    task = "Put each batch to two targets, so that it runs again if one of them can't be reached.",
    solves = LostOutput.class,
    page = "lesson-04-recovery",
    hints = {
      "Each output operation is a job of its own. The engine looks at the jobs of a batch one by one:"
          + " one that fails is reported, and one that works may be the last. Then what is the batch?",
      "A batch is done when a job has worked and none of the others is left to run; that one of them"
          + " has failed does not count. So there must be no job that works while another has failed.",
      "One output operation for both: numbers.foreachRDD((batch, time) -> { … }), in which the batch"
          + " is collected, put to the first and then to the second. What one of them throws fails the"
          + " only job of the batch."
    })
class LostOutputTest {

  private static final int NUMBERS = 5;
  private static final int BATCHES = 5;
  private static final int AWAY = 2;

  /** What each target has, by batch. */
  private static final Map<String, Map<Long, List<Long>>> TARGETS = new ConcurrentHashMap<>();

  /** Which targets can't be reached in the second batch. */
  private static final Set<String> UNREACHABLE = ConcurrentHashMap.newKeySet();

  /** How often a batch may try before it is said to wait. */
  private static final int PATIENCE = 1000;

  /** How often each target has refused batch 2. */
  private static final Map<String, AtomicInteger> REFUSALS = new ConcurrentHashMap<>();

  /** Batch 2 waits here for the others to be generated. */
  private static CountDownLatch generated = new CountDownLatch(0);

  @BeforeEach
  void forget() {
    UNREACHABLE.clear();
    REFUSALS.clear();
    TARGETS.clear();
    TARGETS.put("first", new ConcurrentSkipListMap<>());
    TARGETS.put("second", new ConcurrentSkipListMap<>());
    generated = new CountDownLatch(0);
  }

  @AfterEach
  void letGo() {
    UNREACHABLE.clear();
    generated.countDown();
  }

  @Test
  void bothAreThere() {
    try (BatchRunner runner = running()) {
      runner.run(BATCHES);
      assertTargets("Both targets could be reached all the time.");
    } catch (Exception e) {
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  @Test
  void theFirstIsAway() throws Exception {
    isAway("first");
  }

  @Test
  void theSecondIsAway() throws Exception {
    isAway("second");
  }

  @Test
  void bothAreAway() throws Exception {
    isAway("first", "second");
  }

  @Test
  void itIsSaid() {
    for (String target : TARGETS.keySet()) {
      UNREACHABLE.clear();
      UNREACHABLE.add(target);
      Throwable thrown =
          catchThrowable(
              () -> {
                try (BatchRunner runner = running()) {
                  runner.run(AWAY);
                }
              });
      assertNoneWasWaitedFor();
      assertThat(thrown)
          .as(
              "What the run says when the %s target can't be reached in batch %d. If the job does not"
                  + " fail, the batch counts as done, and nobody hears of it",
              target, AWAY)
          .isNotNull();
    }
  }

  private static void isAway(String... targets) throws Exception {
    CompletableFuture<CrashImage> later = new CompletableFuture<>();
    generated = new CountDownLatch(1);
    UNREACHABLE.addAll(List.of(targets));
    try (BatchRunner runner = running()) {
      runner.at(Point.COMPLETION_CHECKPOINT, BATCHES, () -> later.complete(runner.image()));
      runner.run(AWAY - 1).generate(BATCHES - AWAY + 1);
      generated.countDown();
      try (CrashImage image = await(later)) {
        assertNoneWasWaitedFor();
        UNREACHABLE.clear();
        runner.restart(image, 0);
      }
    }
    assertTargets(
        "%s could not be reached in batch %d. The batches after it went on, and were done. Then the"
                .formatted(
                    targets.length == 2 ? "Both targets" : "The " + targets[0] + " target", AWAY)
            + " driver was killed, and started again, with both targets there.");
  }

  private static CrashImage await(CompletableFuture<CrashImage> later) throws Exception {
    try {
      return later.get(60, SECONDS);
    } catch (TimeoutException e) {
      UNREACHABLE.clear(); // who waits for a target goes on, and can be stopped
      throw new AssertionError(
          "Batch %d does not come to its end: a batch whose job has failed must not hold up those after it."
              .formatted(BATCHES),
          e);
    }
  }

  private static void assertNoneWasWaitedFor() {
    REFUSALS.forEach(
        (target, refusals) ->
            assertThat(refusals)
                .as(
                    "The job of batch %d has tried the %s target %d times, and would have gone on. As"
                        + " long as it does, all batches after it wait. It may try again, but then it"
                        + " has to fail",
                    AWAY, target, refusals.get())
                .hasValueLessThan(PATIENCE));
  }

  private static void assertTargets(String what) {
    for (String target : List.of("first", "second")) {
      List<String> lines =
          TARGETS.get(target).entrySet().stream().map(LostOutputTest::line).toList();
      try {
        Transcript.assertMatches("lost-output", lines);
      } catch (AssertionError e) {
        throw new AssertionError(
            "%s What the %s target has:%n%n%s".formatted(what, target, e.getMessage()), e);
      }
    }
  }

  private static String line(Map.Entry<Long, List<Long>> batch) {
    return batch.getValue().stream()
        .map(String::valueOf)
        .collect(Collectors.joining(" ", "batch " + batch.getKey() + " | ", ""));
  }

  private static BatchRunner running() {
    return BatchRunner.of(
            (context, output) ->
                LostOutput.write(
                    new CheckpointedCountingDStream(context, NUMBERS, 2).asJava(),
                    target("first"),
                    target("second")))
        .withCheckpoint()
        .start();
  }

  private static LostOutput.Target target(String name) {
    return (batchTime, numbers) -> {
      long batch = batchTime / BatchRunner.INTERVAL_MS;
      if (Thread.currentThread().getName().startsWith("JobGenerator")) {
        throw new IllegalStateException(
            "put of the %s target was called while batch %d was generated. So it holds up all batches, and no job fails: who makes a batch's RDD runs outside its job; an output operation runs in it."
                .formatted(name, batch));
      }
      if (batch == AWAY) {
        generated.await();
        if (UNREACHABLE.contains(name)) {
          if (REFUSALS.computeIfAbsent(name, n -> new AtomicInteger()).incrementAndGet()
              == PATIENCE) {
            UNREACHABLE.remove(name); // or the run would never end
          }
          throw new IOException("The " + name + " target can't be reached.");
        }
      }
      TARGETS.get(name).put(batch, List.copyOf(numbers));
    };
  }
}
