package countingstreams.lesson03.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson03.PageViewsDStream;
import countingstreams.lesson03.exercises.RunningTotals.Total;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.HashPartitioner;
import org.apache.spark.streaming.StreamingContext;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "3.1",
    title = "Running totals",
    task =
        "Keep for each page its views so far, and for how many batches it has had none, by"
            + " updateStateByKey.",
    solves = RunningTotals.class,
    page = "lesson-03-state",
    hints = {
      "A batch knows its own views only. Which transformation gives a function what the batch has"
          + " for a page, and what was there for it before? For which pages is it called in a batch?",
      "Make pairs of the views, a page with a 1, and call updateStateByKey with a function and the"
          + " number of partitions. The function is called for each page that has views in the batch"
          + " or a total from before: the list of news may be empty, and so may the total.",
      "(news, before) -> with Total total = before.orElse(new Total(0, 0)): return Optional.of(new"
          + " Total(total.views() + news.size(), news.isEmpty() ? total.idle() + 1 : 0)). An empty"
          + " Optional would forget the page."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class RunningTotalsTest {

  private static final int PARTITIONS = 3;
  private static final Pattern LINE =
      Pattern.compile("batch (\\d+) \\| page (\\d+): views (\\d+), idle (\\d+)");

  private static final String GONE =
      "Page %d has no views in batch %d, and is gone. Spark calls the function of updateStateByKey for"
          + " it all the same, with an empty list; a page for which it gets an empty Optional back is"
          + " forgotten.";
  private static final String BATCH_ONLY =
      "Page %d: the %d views of batch %d are all there is. The %d that it had before have to be"
          + " carried over: Spark hands back, as the second argument, what the function has returned"
          + " in the batch before.";
  private static final String LEFT_OVER =
      "Page %d has %d views in batch 1, and %d came out. If they are left from another run: a static"
          + " map is the JVM's, and knows nothing of runs, nor of batches that run again.";
  private static final String MISCOUNTED =
      "Page %d has %d views in batch %d, and %d were added. The list has a value for each element"
          + " that comes in, not one for each page: if views were added up before, the values count,"
          + " not how many there are.";
  private static final String IDLE =
      "Page %d has no views in batch %d: idle is %d, and should be %d. Only what is called for a page"
          + " in such a batch can count it. Spark calls the function of updateStateByKey for all"
          + " pages that have a total, in each batch; that of mapWithState for those of the batch.";
  private static final String VIEWED =
      "Page %d has views in batch %d: idle is %d, and should be %d. A view ends the time without.";
  private static final String AGAIN =
      "The driver was killed, and batch %d runs again: it has to start from the totals before it."
          + " Spark knows them, if it is Spark that keeps them. A map of your own, static or held by"
          + " a function, still has what the dead driver put there, or has nothing.";
  private static final String NOT_THERE =
      "The function has asked for a total that is not there. Before the first view of a page there is"
          + " none: the Optional is empty, and get() fails on it, or orNull() gives a null that is no"
          + " number. Java says: ";
  private static final String NULL =
      "The function has returned null. It returns the total after the batch, of a page without views"
          + " too; an empty Optional, which is not null, makes Spark forget the page. Java says: ";
  private static final String HELD_RDD =
      "After the crash the graph comes from the checkpoint, and a function or stream in it holds an"
          + " RDD. An RDD that the driver has made can't be part of the graph that comes back: it has"
          + " lost its context. Make it from the batch, or do without. Spark says: ";
  private static final String NOT_SERIALIZABLE =
      "The function is sent to the executors, and becomes part of the checkpoint, with all that it"
          + " holds. Something of that can't be serialized: ";

  /** What came out of a batch, each time it ran. */
  private record Run(long batch, SortedMap<Long, Total> totals) {

    static Run of(Batch batch) {
      SortedMap<Long, Total> totals = new TreeMap<>();
      for (Object element : batch.elements()) {
        Tuple2<?, ?> total = (Tuple2<?, ?>) element;
        assertThat(totals.put((Long) total._1(), (Total) total._2()))
            .as("A second total of page %s in batch %d", total._1(), batch.number())
            .isNull();
      }
      return new Run(batch.number(), totals);
    }

    Stream<String> lines() {
      return totals.entrySet().stream()
          .map(
              page ->
                  "batch %d | page %d: views %d, idle %d"
                      .formatted(
                          batch, page.getKey(), page.getValue().views(), page.getValue().idle()));
    }
  }

  @Test
  void keepsATotalOfEachPage() {
    running(
        context -> new PageViewsDStream(context, 4, 2, 7),
        runner -> {
          runner.run(6);
          assertMatches("running-totals", runner);
        });
  }

  @Test
  void keepsThemInBatchesWithoutViews() {
    running(
        context -> new ViewsDStream(context, "1 1 1 2", "", "", "2 2"),
        runner -> {
          runner.run(5);
          assertMatches("running-totals-quiet", runner);
        });
  }

  @Test
  void goesOnAfterACrash() {
    running(
        context -> new ViewsDStream(context, "1 2", "1", "1 1", "3 1"),
        runner -> {
          runner.run(3).crash().recover(1);
          assertMatches("running-totals-crash", runner);
        });
  }

  @Test
  void keepsAPageInThePartitionOfItsHash() {
    running(
        context -> new PageViewsDStream(context, 4, 2, 7),
        runner -> {
          runner.run(3);
          HashPartitioner partitioner = new HashPartitioner(PARTITIONS);
          for (Batch batch : runner.batches()) {
            assertThat(batch.partitions())
                .as(
                    "The partitions of batch %d. How many the state has is for you to say: left"
                        + " alone, Spark takes as many as there are cores",
                    batch.number())
                .hasSize(PARTITIONS);
            for (int p = 0; p < PARTITIONS; p++) {
              for (Object total : batch.partitions().get(p)) {
                Object page = ((Tuple2<?, ?>) total)._1();
                assertThat(p)
                    .as(
                        "The partition of page %s in batch %d. State that is partitioned by the"
                            + " hash of its keys stays where it is; dealt out again afterwards, it"
                            + " moves in every batch, all of it",
                        page, batch.number())
                    .isEqualTo(partitioner.getPartition(page));
              }
            }
          }
        });
  }

  private static void running(
      Function<StreamingContext, PageViewsDStream> views, Consumer<BatchRunner> test) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        RunningTotals.of(views.apply(context).asJava(), PARTITIONS).dstream()))
            .withCheckpoint()
            .start()) {
      test.accept(runner);
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private static void assertMatches(String name, BatchRunner runner) {
    List<Run> runs = runner.batches().stream().map(Run::of).toList();
    try {
      Transcript.assertMatches(name, runs.stream().flatMap(Run::lines).toList());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n\n" + why(expected(name), runs), e);
    }
  }

  /** Reads the runs of batches from a file: pages are in order, so a lower one begins another. */
  private static List<Run> expected(String name) {
    List<Run> runs = new ArrayList<>();
    for (String line : Transcript.expected(name)) {
      Matcher parts = LINE.matcher(line);
      assertThat(parts.matches()).as(line).isTrue();
      long batch = Long.parseLong(parts.group(1));
      long page = Long.parseLong(parts.group(2));
      Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last == null || last.batch() != batch || last.totals().lastKey() >= page) {
        last = new Run(batch, new TreeMap<>());
        runs.add(last);
      }
      last.totals()
          .put(page, new Total(Long.parseLong(parts.group(3)), Long.parseLong(parts.group(4))));
    }
    return runs;
  }

  /** Returns what may be the reason of the first difference. */
  private static String why(List<Run> expected, List<Run> actual) {
    long highest = 0;
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      Run right = expected.get(i);
      Run came = actual.get(i);
      if (!right.equals(came)) {
        SortedMap<Long, Total> before = i == 0 ? new TreeMap<>() : expected.get(i - 1).totals();
        return right.batch() <= highest
            ? AGAIN.formatted(right.batch())
            : why(right, came.totals(), before);
      }
      highest = Math.max(highest, right.batch());
    }
    return "There are %d batches, and should be %d.".formatted(actual.size(), expected.size());
  }

  private static String why(Run right, Map<Long, Total> came, SortedMap<Long, Total> before) {
    for (Map.Entry<Long, Total> entry : right.totals().entrySet()) {
      Long page = entry.getKey();
      Total total = entry.getValue();
      long viewsBefore = before.containsKey(page) ? before.get(page).views() : 0;
      long news = total.views() - viewsBefore;
      Total mine = came.get(page);
      if (mine == null) {
        return (news == 0 ? GONE : "Page %d has views in batch %d, and no total.")
            .formatted(page, right.batch());
      }
      if (mine.views() != total.views()) {
        if (right.batch() == 1 && mine.views() > news) {
          return LEFT_OVER.formatted(page, news, mine.views());
        }
        return mine.views() == news
            ? BATCH_ONLY.formatted(page, news, right.batch(), viewsBefore)
            : MISCOUNTED.formatted(page, news, right.batch(), mine.views() - viewsBefore);
      }
      if (mine.idle() != total.idle()) {
        return (news == 0 ? IDLE : VIEWED)
            .formatted(page, right.batch(), mine.idle(), total.idle());
      }
    }
    return "There are totals of pages that no one has viewed.";
  }

  private static RuntimeException explained(Exception e) {
    Throwable root = ExceptionUtils.getRootCause(e);
    if (root instanceof NullPointerException || root instanceof NoSuchElementException) {
      boolean inTheFunction =
          Arrays.stream(root.getStackTrace())
              .anyMatch(frame -> frame.getClassName().equals(RunningTotals.class.getName()));
      throw new AssertionError((inTheFunction ? NOT_THERE : NULL) + root, e);
    }
    String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
    if (message.contains("lacks a SparkContext")) {
      throw new AssertionError(HELD_RDD + message, e);
    }
    if (root instanceof NotSerializableException) {
      throw new AssertionError(NOT_SERIALIZABLE + message, e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
