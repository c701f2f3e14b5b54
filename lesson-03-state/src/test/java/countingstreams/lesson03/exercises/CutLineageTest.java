package countingstreams.lesson03.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson03.PageViewsDStream;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.Dependency;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

@Exercise(
    id = "3.5",
    title = "Cut the lineage",
    task = "Keep the lineage of a running total short, without computing any batch twice.",
    solves = CutLineage.class,
    page = "lesson-03-state",
    hints = {
      "An RDD knows its parents, in case it has to be computed again. What would an RDD be computed"
          + " from that has none? And why does Spark want it to be in memory before it writes it?",
      "A checkpoint of an RDD is a file with its elements, which take the place of its parents. Mark"
          + " the RDD before its first job, and persist it, or the job that writes the file computes it"
          + " again. After a crash the batches since then run again: the stream of views has to"
          + " remember them. The engine does all of that for a stream: look for what DStream has.",
      "One line in the constructor: checkpoint(slideDuration().times(every)). It persists, marks the"
          + " RDD of each batch whose time is a multiple, and has the views remembered for twice as"
          + " long."
    })
class CutLineageTest {

  private static final int EVERY = 5;
  private static final int BATCHES = 12;
  private static final int VIEWS = 5;
  private static final int PAGES = 7;
  private static final int PARTITIONS = 2;

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicInteger UPDATES = new AtomicInteger();

  @BeforeEach
  void forget() {
    UPDATES.set(0);
  }

  @Test
  void cutsTheLineageAndComputesEachBatchOnce() {
    running(
        EVERY,
        runner -> {
          List<String> lines = new ArrayList<>();
          List<Integer> jobs = new ArrayList<>();
          Lineage lineage = new Lineage();
          AtomicInteger started = countJobs(runner);
          for (int batch = 1; batch <= BATCHES; batch++) {
            started.set(0);
            UPDATES.set(0);
            runner.run(1);
            lines.add(
                "batch %d | lineage %s | %d tasks"
                    .formatted(batch, lineage.of(runner, batch), UPDATES.get()));
            jobs.add(started.get());
          }
          assertMatches(
              "cut-lineage",
              lines,
              lines.stream()
                  .map(CutLineageTest::why)
                  .filter(why -> !why.isEmpty())
                  .findFirst()
                  .orElse(""));
          for (int batch = 1; batch <= BATCHES; batch++) {
            assertThat(jobs.get(batch - 1))
                .as(
                    "Jobs of batch %d: that of the output, and one that writes the file if it is its"
                        + " turn. Who collects an RDD where it is made runs a job on it, in the thread"
                        + " that makes all batches, and has all totals on the driver",
                    batch)
                .isLessThanOrEqualTo(batch % EVERY == 0 ? 2 : 1);
          }
          assertTotals(runner, BATCHES, "");
        });
  }

  @Test
  void computesALostBatchFromTheLastCut() {
    running(
        3,
        runner -> {
          runner.run(7);
          UPDATES.set(0);
          runner
              .context()
              .sparkContext()
              .getPersistentRDDs()
              .values()
              .foreach(rdd -> ((RDD<?>) rdd).unpersist(true));
          runner.run(1);
          assertThat(UPDATES.get())
              .as(
                  "Tasks that add a batch, of %d partitions each, when all that was in memory is lost"
                      + " before batch 8. This run cuts in every third batch: batch 8 is computed from"
                      + " the file of batch 6, and with it 7 again. The longer the lineage, the more",
                  PARTITIONS)
              .isLessThanOrEqualTo(2 * PARTITIONS);
          runner.run(4);
          assertTotals(runner, 7, "In this run all that was in memory was lost after batch 7.");
        });
  }

  @Test
  void goesOnAfterACrash() {
    running(
        EVERY,
        runner -> {
          runner.run(9).crash();
          UPDATES.set(0);
          runner.recover(1);
          int updates = UPDATES.get();
          Lineage lineage = new Lineage();
          lineage.of(runner, 10);
          runner.run(1);
          String batches = lineage.of(runner, 11);
          runner.run(1);
          assertTotals(
              runner,
              9,
              "In this run the driver was killed after batch 9. The one after it needs the totals of"
                  + " batch 5 and the views of 6 to 9. The totals are in the checkpoint directory if"
                  + " the RDD of batch 5 was written there, and a stream remembers its batches for as"
                  + " long as the streams after it say that they need them.");
          assertThat(updates)
              .as(
                  "Tasks that add a batch, of %d partitions each, after a crash in batch 9: 6 to 9"
                      + " again, from the totals of batch 5 in the checkpoint directory, and 10. More,"
                      + " if they are not there to begin with",
                  PARTITIONS)
              .isLessThanOrEqualTo(5 * PARTITIONS);
          assertThat(batches)
              .as("The batches in the lineage of batch 11, after the crash. Batch 10 has cut it")
              .isEqualTo("10 11");
        });
  }

  /** Explains a line that is wrong, as far as it is known by itself. */
  private static String why(String line) {
    List<Integer> numbers =
        NUMBER.matcher(line).results().map(number -> Integer.valueOf(number.group())).toList();
    int batch = numbers.get(0);
    int tasks = numbers.get(numbers.size() - 1);
    int lineage = numbers.size() - 2;
    int due = (batch - 1) % EVERY + 1;
    List<String> why = new ArrayList<>();
    if (batch % EVERY == 0 && lineage == batch) {
      why.add(
          ("Batch %d has all %d batches in its lineage. It grows with each batch: the driver holds the"
                  + " RDDs of all, a task takes them along, and what is lost is computed from the first"
                  + " batch. An RDD has no parents any more once it is a checkpoint; and that it becomes"
                  + " in its first job, if it was marked before.")
              .formatted(batch, batch));
    } else if (lineage < due && batch % EVERY != 0) {
      why.add(
          ("Batch %d has been cut off from the batch before, and it is not its turn: whoever writes"
                  + " all totals in each batch pays for all pages in each batch.")
              .formatted(batch));
    }
    if (tasks > PARTITIONS) {
      why.add(
          ("Batch %d took %d tasks that add a batch, and has %d partitions. What is not in memory is"
                  + " computed again: the batches before it, back to the last that is a checkpoint, and"
                  + " the batch itself once more by the job that writes it to the file.")
              .formatted(batch, tasks, PARTITIONS));
    }
    return String.join("\n", why);
  }

  /**
   * Asserts that each time a batch came out its totals were right.
   *
   * @param before the last batch before that happened of which {@code why} speaks
   */
  private static void assertTotals(BatchRunner runner, int before, String why) {
    String name = "cut-lineage-totals";
    List<String> lines =
        runner.batches().stream()
            .sorted(Comparator.comparingLong(Batch::number))
            .map(CutLineageTest::totals)
            .distinct()
            .toList();
    boolean rightBefore =
        Transcript.expected(name).stream()
            .limit(before)
            .toList()
            .equals(lines.stream().limit(before).toList());
    assertMatches(name, lines, rightBefore ? why : "");
  }

  private static void assertMatches(String name, List<String> lines, String why) {
    try {
      Transcript.assertMatches(name, lines);
    } catch (AssertionError e) {
      throw why.isEmpty() ? e : new AssertionError(why + "\n\n" + e.getMessage(), e);
    }
  }

  private static String totals(Batch batch) {
    return batch.elements().stream()
        .map(element -> (Tuple2<?, ?>) element)
        .map(page -> page._1() + ":" + page._2())
        .sorted()
        .collect(Collectors.joining(" ", "batch " + batch.number() + " | ", ""));
  }

  private static void running(int every, Consumer<BatchRunner> test) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        new CutLineage(
                            new PageViewsDStream(context, VIEWS, PARTITIONS, PAGES),
                            PARTITIONS,
                            CutLineageTest::add,
                            every)))
            .withCheckpoint()
            .start()) {
      test.accept(runner);
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private static RuntimeException explained(Exception e) {
    String message = ExceptionUtils.getRootCauseMessage(e);
    if (message.contains("Checkpoint block")) {
      throw new AssertionError(
          "A local checkpoint is in the memory and on the disks of the executors, and nowhere else. It"
              + " has cut the lineage: once such a block is lost, there is nothing to compute it from."
              + " Spark says: "
              + message.lines().findFirst().orElse(""),
          e);
    }
    if (message.contains("requirement failed")) {
      throw new AssertionError(
          "The engine does not start the stream as it is set up. It says: " + message, e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }

  private static Iterator<Tuple2<Long, Long>> add(
      Iterator<Tuple2<Long, Long>> totals, Iterator<Tuple2<Long, Long>> views) {
    UPDATES.incrementAndGet();
    Map<Long, Long> pages = new HashMap<>();
    totals.forEachRemaining(page -> pages.put(page._1(), page._2()));
    views.forEachRemaining(page -> pages.merge(page._1(), page._2(), Long::sum));
    return pages.entrySet().stream()
        .map(page -> new Tuple2<>(page.getKey(), page.getValue()))
        .iterator();
  }

  private static AtomicInteger countJobs(BatchRunner runner) {
    AtomicInteger jobs = new AtomicInteger();
    runner
        .context()
        .sparkContext()
        .addSparkListener(
            new SparkListener() {
              @Override
              public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
              }
            });
    return jobs;
  }

  /** Which batches' RDDs an RDD would be computed from. */
  private static final class Lineage {

    private final Map<Integer, Long> batchOf = new HashMap<>();

    /** Returns the batches in the lineage of a batch that has just run, itself included. */
    String of(BatchRunner runner, long batch) {
      DStream<?> stream = runner.context().graph().getOutputStreams()[0].dependencies().head();
      CollectionConverters.asJava(stream.generatedRDDs())
          .forEach(
              (time, rdd) -> batchOf.put(rdd.id(), time.milliseconds() / BatchRunner.INTERVAL_MS));
      TreeSet<Long> batches = new TreeSet<>();
      collect(stream.generatedRDDs().apply(new Time(batch * BatchRunner.INTERVAL_MS)), batches);
      return batches.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private void collect(RDD<?> rdd, TreeSet<Long> batches) {
      if (batchOf.containsKey(rdd.id())) {
        batches.add(batchOf.get(rdd.id()));
      }
      for (Dependency<?> parent : CollectionConverters.asJava(rdd.dependencies())) {
        collect(parent.rdd(), batches);
      }
    }
  }
}
