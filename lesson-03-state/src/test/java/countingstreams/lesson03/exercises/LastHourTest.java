package countingstreams.lesson03.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson03.exercises.LastHour.Views;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "3.4",
    title = "The last hour",
    task =
        "Count the views of each page in the last hour, with no more additions for a longer hour.",
    solves = LastHour.class,
    page = "lesson-03-state",
    hints = {
      "A window that slides has nearly all of the window before in it. What comes in can be added to"
          + " that. And what has left? Not each reduction can be undone, but this one can.",
      "One of the overloads of reduceByKeyAndWindow takes a second function, the inverse of the first,"
          + " and a filter for what stays in the window. It makes each window from the one before: so"
          + " the windows are a state, and Spark wants a directory from the context before it starts.",
      "views.context().checkpoint(directory), and return views.reduceByKeyAndWindow(Views::plus,"
          + " Views::minus, hour, every, 2, page -> !page._2().none()). 2 is the number of"
          + " partitions."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class LastHourTest {

  private static final Pattern LINE = Pattern.compile("batch (\\d+) \\| page (\\d+): views (\\d+)");
  private static final Pattern CALLS =
      Pattern.compile("batch (\\d+) \\| plus (\\d+), minus (\\d+)");

  private static final String[] COMING_AND_GOING = {
    "1 1 2 3", "1 2", "1 1", "1", "", "1 1", "1", "", "1 3", "1 1", "2"
  };
  private static final String[] ALWAYS_THE_SAME = new String[14];

  static {
    Arrays.fill(ALWAYS_THE_SAME, "1 1 2");
  }

  private static final String OTHER_BATCHES =
      "Something has to come out every %s, in batch %s and so on. It came out in batch %s. A window"
          + " has two durations: how wide it is and how far it slides. Spark wants the window first,"
          + " and then how far it slides; if the second is left out, that is a batch.";
  private static final String ZERO =
      "Page %d has no view in the hour up to batch %d, and is there, with 0. What all has been taken"
          + " away from is not gone by that: it stays, for ever, unless the window is given a filter.";
  private static final String NOT_THERE =
      "Page %d has %d views in the hour up to batch %d, and is not there. A filter keeps what it is"
          + " true for.";
  private static final String WRONG =
      "Page %d has %d views in the hour up to batch %d, and came out with %d. The hour is this batch"
          + " and those before it, %d in all. What has left the window has to be taken away from what"
          + " was in it. Spark calls the inverse function with two values: first what the window"
          + " before had, then what has left it.";
  private static final String AGAIN =
      "Page %d has %d views in the hour up to batch %d, and came out with %d. The driver was killed,"
          + " and a batch runs again: it has to start from the window before it. Spark knows that, if"
          + " it is Spark that keeps it.";
  private static final String TOO_MUCH =
      "Batch %d took %d calls of plus and %d of minus. %d of plus and %d of minus are enough. Each"
          + " batch has 3 views of 2 pages: they have to be added to the window before, and what has"
          + " left it has to be taken away. How many batches an hour has must not matter; here it has"
          + " 10, at a batch a second a real one has 3,600.";
  private static final String STILL_KNOWN =
      "No page has had a view for more than an hour, and in batch %d there were still %d to be asked"
          + " whether they have any. A filter on what comes out of the window leaves them in it, for"
          + " ever: more from day to day, and each is looked at in each batch. Give it to"
          + " reduceByKeyAndWindow: it drops them from the window.";
  private static final String NO_DIRECTORY =
      "Spark does not start: what is made of the window before is a state, and its lineage grows by a"
          + " batch with each batch. Checkpoints cut it, and Spark wants to know where to put them:"
          + " tell the context. It says: ";
  private static final String NO_CHECKPOINTS =
      "The context writes no checkpoints into the directory, so nothing can be recovered after a"
          + " crash: see StreamingContext.checkpoint. SparkContext.setCheckpointDir is for RDDs only,"
          + " and which of them belongs to which batch is not written down there.";
  private static final String FILTERED =
      "Views are to be taken away from a page that the window does not have any more: the filter has"
          + " dropped it, and it was not without views. A filter keeps what it is true for. Spark"
          + " says: ";
  private static final String NULL_FILTER =
      "The filter is null, and Spark has called it. Its documentation says that null is for no filter;"
          + " but the Java methods wrap it into a function first, and that one is not null.";
  private static final String NULL =
      "There is a null where views should be. A function has to return views; if there are none, they"
          + " are none(), and it is the filter that drops them. Java says: ";

  private static final LongAdder PLUS = new LongAdder();
  private static final LongAdder MINUS = new LongAdder();
  private static final LongAdder ASKED = new LongAdder();

  /** Counts its calls: executors are threads of this JVM. */
  private record Counted(long views) implements Views {

    private static final long serialVersionUID = 1L;

    @Override
    public Views plus(Views more) {
      PLUS.increment();
      return new Counted(views + ((Counted) more).views());
    }

    @Override
    public Views minus(Views fewer) {
      MINUS.increment();
      return new Counted(views - ((Counted) fewer).views());
    }

    @Override
    public boolean none() {
      ASKED.increment();
      return views == 0;
    }
  }

  private record Calls(long batch, long plus, long minus) {

    static Calls of(String line) {
      Matcher parts = CALLS.matcher(line);
      if (!parts.matches()) {
        throw new IllegalArgumentException(line);
      }
      return new Calls(
          Long.parseLong(parts.group(1)),
          Long.parseLong(parts.group(2)),
          Long.parseLong(parts.group(3)));
    }
  }

  @BeforeEach
  void startFromZero() {
    PLUS.reset();
    MINUS.reset();
    ASKED.reset();
  }

  @Test
  void countsWhatIsInTheHour() {
    Duration hour = Durations.seconds(6);
    Duration every = Durations.seconds(2);
    try (BatchRunner runner = started(hour, every, COMING_AND_GOING)) {
      runner.run(19);
      ASKED.reset();
      runner.run(1);
      long asked = ASKED.sum();
      assertMatches("last-hour", runner, hour, every);
      assertThat(asked).withFailMessage(STILL_KNOWN.formatted(20, asked)).isZero();
    } catch (Exception e) {
      throw explained(e);
    }
  }

  @Test
  void addsWhatComesAndSubtractsWhatLeaves() {
    try (BatchRunner runner =
        started(Durations.seconds(10), Durations.seconds(1), ALWAYS_THE_SAME)) {
      for (String line : Transcript.expected("last-hour-calls")) {
        Calls enough = Calls.of(line);
        PLUS.reset();
        MINUS.reset();
        runner.run(1);
        // Fewer of one and more of the other are as good: it is the sum that is work.
        assertThat(PLUS.sum() + MINUS.sum())
            .withFailMessage(
                TOO_MUCH.formatted(
                    enough.batch(), PLUS.sum(), MINUS.sum(), enough.plus(), enough.minus()))
            .isLessThanOrEqualTo(enough.plus() + enough.minus());
      }
    } catch (Exception e) {
      throw explained(e);
    }
  }

  @Test
  void goesOnAfterACrash() {
    Duration hour = Durations.seconds(4);
    Duration every = Durations.seconds(1);
    try (BatchRunner runner = started(hour, every, "1 2", "1", "1 1", "3", "1 3", "2")) {
      assertThat(String.valueOf(runner.context().checkpointDir()))
          .withFailMessage(NO_CHECKPOINTS)
          .contains(runner.checkpointDirectory().getFileName().toString());
      runner.run(5).crash().recover(0).run(4);
      assertMatches("last-hour-crash", runner, hour, every);
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private static BatchRunner started(Duration hour, Duration every, String... batches) {
    return BatchRunner.opening(
            (spark, directory, output) ->
                JavaStreamingContext.getOrCreate(
                        directory,
                        () -> {
                          JavaStreamingContext context =
                              new JavaStreamingContext(
                                  spark, Durations.milliseconds(BatchRunner.INTERVAL_MS));
                          ViewsDStream pages = new ViewsDStream(context.ssc(), batches);
                          // So that each batch has a job: the runner waits for its end.
                          pages.asJava().foreachRDD(rdd -> {});
                          output.collect(
                              LastHour.of(
                                      pages
                                          .asJava()
                                          .mapToPair(
                                              page -> new Tuple2<>(page, (Views) new Counted(1))),
                                      hour,
                                      every,
                                      directory)
                                  .dstream());
                          return context;
                        })
                    .ssc())
        .start();
  }

  private static void assertMatches(
      String name, BatchRunner runner, Duration hour, Duration every) {
    List<Long> came = runner.batches().stream().map(Batch::number).distinct().toList();
    long slide = every.milliseconds() / BatchRunner.INTERVAL_MS;
    long last = runner.context().scheduler().clock().getTimeMillis() / BatchRunner.INTERVAL_MS;
    List<Long> due =
        LongStream.rangeClosed(1, last / slide).map(slides -> slides * slide).boxed().toList();
    assertThat(came)
        .withFailMessage(OTHER_BATCHES.formatted(every, listed(due), listed(came)))
        .isEqualTo(due);
    List<Batch> runs = runner.batches();
    try {
      Transcript.assertMatches(name, runs.stream().flatMap(LastHourTest::lines).toList());
    } catch (AssertionError e) {
      throw new AssertionError(
          e.getMessage()
              + "\n\n"
              + why(Transcript.expected(name), runs, hour, runs.size() > came.size()),
          e);
    }
  }

  private static String listed(List<Long> batches) {
    return batches.stream().limit(3).map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static Stream<String> lines(Batch batch) {
    return totals(batch).entrySet().stream()
        .map(
            page ->
                "batch %d | page %d: views %d"
                    .formatted(batch.number(), page.getKey(), page.getValue()));
  }

  private static SortedMap<Long, Long> totals(Batch batch) {
    SortedMap<Long, Long> totals = new TreeMap<>();
    for (Object element : batch.elements()) {
      Tuple2<?, ?> page = (Tuple2<?, ?>) element;
      assertThat(totals.put((Long) page._1(), ((Counted) page._2()).views()))
          .as("A second count of page %s in batch %d", page._1(), batch.number())
          .isNull();
    }
    return totals;
  }

  /** Returns what may be the reason of the first difference. */
  private static String why(
      List<String> expected, List<Batch> runs, Duration hour, boolean ranAgain) {
    for (Batch run : runs) {
      SortedMap<Long, Long> right = new TreeMap<>();
      for (String line : expected) {
        Matcher parts = LINE.matcher(line);
        if (parts.matches() && Long.parseLong(parts.group(1)) == run.number()) {
          right.put(Long.parseLong(parts.group(2)), Long.parseLong(parts.group(3)));
        }
      }
      SortedMap<Long, Long> came = totals(run);
      List<Long> pages = new ArrayList<>(right.keySet());
      came.keySet().stream().filter(page -> !right.containsKey(page)).forEach(pages::add);
      for (Long page : pages) {
        long views = right.getOrDefault(page, 0L);
        Long mine = came.get(page);
        if (mine == null) {
          return NOT_THERE.formatted(page, views, run.number());
        }
        if (mine != views) {
          return ranAgain
              ? AGAIN.formatted(page, views, run.number(), mine)
              : WRONG.formatted(
                  page, views, run.number(), mine, hour.milliseconds() / BatchRunner.INTERVAL_MS);
        }
        if (!right.containsKey(page)) {
          return ZERO.formatted(page, run.number());
        }
      }
    }
    return "A batch that runs again has to come out again.";
  }

  private static RuntimeException explained(Exception e) {
    Throwable root = ExceptionUtils.getRootCause(e);
    String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
    if (message.contains("checkpoint directory has not been set")) {
      throw new AssertionError(NO_DIRECTORY + message, e);
    }
    if (message.contains("Neither previous window has value")) {
      throw new AssertionError(FILTERED + message, e);
    }
    if (root instanceof NullPointerException) {
      boolean inTheClass =
          Arrays.stream(root.getStackTrace())
              .anyMatch(frame -> frame.getClassName().startsWith(LastHour.class.getName()));
      throw new AssertionError(inTheClass ? NULL + root : NULL_FILTER, e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
