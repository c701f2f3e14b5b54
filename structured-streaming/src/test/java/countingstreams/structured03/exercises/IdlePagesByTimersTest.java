package countingstreams.structured03.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.QueryRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "S3",
    title = "Idle pages by timers",
    task =
        "Find the pages that no one views any more by a timer for each, in the first batch in which"
            + " they are idle.",
    solves = IdlePagesByTimers.class,
    todos = 3,
    page = "structured-streaming",
    hints = {
      "Nothing happens to a page that has no view, unless it has a timer: then Spark calls"
          + " handleExpiredTimer for it, in the first batch that has the timer's time, or a later"
          + " one. Each view puts off the time at which the page will be idle. What becomes of the"
          + " timer of the view before?",
      "The time of a batch is time.getCurrentProcessingTimeInMs(), and a timer is set by"
          + " getHandle().registerTimer(milliseconds). It adds a timer, and replaces none:"
          + " getHandle().listTimers() has those of the page, deleteTimer(milliseconds) deletes one."
          + " A page that is exactly as long without a view as idle says is not idle yet.",
      "In of: views.groupByKey(itself, Encoders.LONG()).transformWithState(new Page(idle),"
          + " TimeMode.ProcessingTime(), OutputMode.Append(), Encoders.tuple(Encoders.LONG(),"
          + " Encoders.LONG())). In handleInputRows: views.update((views.exists() ? views.get() : 0)"
          + " + news.size()), delete the page's timers, registerTimer(now + idle.toMillis() + 1), and"
          + " return iterator(List.of()). In handleExpiredTimer: take the views, views.clear(), and"
          + " return iterator(List.of(new Tuple2<>(page, before)))."
    })
class IdlePagesByTimersTest {

  private static final Pattern LINE = Pattern.compile("batch (\\d+) \\| page (\\d+): views (\\d+)");

  private static final String NO_TIMER =
      "Page %d had to be found idle in batch %d, and was not, in %d batches. No timer was set:"
          + " without one, Spark calls nothing for a page that has no view. See registerTimer() of"
          + " getHandle().";
  private static final String NOT_YET =
      "Page %d had to be found idle in batch %d, and was not, in %d batches. Timers were set, %d of"
          + " them, and %d went off. A timer goes off in the first batch whose time is not before"
          + " it. That is the time which getCurrentProcessingTimeInMs() says, in milliseconds: it is"
          + " no later than %d here. The wall clock says something else, and something else again"
          + " when the batch has to run once more.";
  private static final String LATE =
      "Page %d had to be found idle in batch %d, and was in batch %d. It had its last view in batch"
          + " %d, and is idle after %d ms. A timer goes off in the first batch whose time is not"
          + " before it, and a batch's time is getCurrentProcessingTimeInMs(), in milliseconds: here"
          + " batch n runs at n * 1000.";
  private static final String WITH_ITS_VIEW =
      "Page %d came out in batch %d, and had a view in batch %d. A batch has its views first, and its"
          + " timers after them. A timer that is set does not replace another: that of the view"
          + " before goes off, too. Delete it, or find out when it goes off that the page has been"
          + " viewed since. And nothing is to come out of handleInputRows: a page that has a view is"
          + " not idle.";
  private static final String TOO_SOON =
      "Page %d came out in batch %d, and had a view in batch %d: that is not longer ago than %d ms. A"
          + " timer that is set does not replace another: that of the view before goes off, too."
          + " Delete it, or find out when it goes off that the page has been viewed since. And the"
          + " time of a timer is no duration: it is that of the batch, and so many milliseconds more.";
  private static final String EXACTLY =
      "Page %d came out in batch %d, and had a view in batch %d: that is %d ms ago, and not longer. A"
          + " timer goes off in a batch that has its very time, too, so that \"longer than\" takes a"
          + " timer that is a millisecond later.";
  private static final String TWICE =
      "Page %d came out in batch %d, and had in batch %d already, without a view in between. It is not"
          + " known any more then: it has no state, and no timer that would go off.";
  private static final String NOT_VIEWED_ANY_MORE =
      "Page %d had to be found idle in batch %d, and was not until it was viewed again, in batch %d."
          + " handleInputRows is called for pages that have views. Only a timer brings Spark back to"
          + " a page that has none.";
  private static final String FEWER =
      "Page %d had %d views when it was found idle in batch %d, not %d. A batch's views of a page come"
          + " in one call, an element for each. And what is to be known in a later batch has to be in"
          + " a state: Spark makes a new processor from a copy for each partition of each batch, and"
          + " its other fields are as they were in the driver. A state that has a time to live is gone"
          + " after it.";
  private static final String MORE =
      "Page %d had %d views when it was found idle in batch %d, not %d. The call for a timer is no"
          + " view; and a page that was idle before counts from 0, so its state has to be cleared.";
  private static final String AGAIN =
      "Page %d had %d views when it was found idle in batch %d, not %d. The driver died after the"
          + " output of batch %d, and the batch has run again, with %d views of the page: it has to"
          + " start from the states before it. Spark knows them, if they are states of its own, from"
          + " getHandle(). A map of yours still has what was put there the first time.";
  private static final String LOST =
      "Page %d was found idle in batch %d, which had its output, and then the driver died. The batch"
          + " has run again, and the page was not in it. It has to do the same each time, and can if"
          + " all that it goes by are Spark's states and timers, which are as before the batch.";
  private static final String STATE_LEFT =
      "All pages are idle, and all were found. Nothing more is to be known of them, and there are"
          + " still %d values of states. For pages that never come back, they would stay forever:"
          + " clear() the states of a page that is idle; a 0 in it is a state, too.";
  private static final String ALL_STATES =
      "There is a flatMapGroupsWithState or mapGroupsWithState. To find its timeouts, Spark goes"
          + " through the states of all pages, in each batch. Timers are kept in the order of their"
          + " time: Spark reads those that are due, and stops. That takes transformWithState.";
  private static final String TIME_MODE =
      "Spark knows the batch's time, and has timers by it, if transformWithState is told to go by"
          + " TimeMode.ProcessingTime(). By TimeMode.None() there are no timers; TimeMode.EventTime()"
          + " takes times that are in the data, and a watermark. Spark says: ";
  private static final String NO_STATE =
      "A page has no state before its first view, and after it was idle: get() then is null. See"
          + " exists(). If it is in the call for a timer, then no state goes with it any more. That is so"
          + " if the state had a time to live; or if it is the timer of an earlier view, and the page"
          + " has come out: a timer that is set does not replace another. And what is not a state of Spark's is not as it was when a batch runs again. Java"
          + " says: ";
  private static final String NULL =
      "Spark wants an iterator from each call, also if nothing is to come out: an empty one then."
          + " Java says: ";
  private static final String HANDLE =
      "States are made in init(), and timers are set when there is a page to set them for, in the two"
          + " other methods. Spark says: ";

  private record Found(long batch, long page, long views) {

    static Found of(String line) {
      Matcher parts = LINE.matcher(line);
      if (!parts.matches()) {
        throw new IllegalArgumentException(line);
      }
      return new Found(
          Long.parseLong(parts.group(1)),
          Long.parseLong(parts.group(2)),
          Long.parseLong(parts.group(3)));
    }
  }

  /**
   * Views, how long is idle, in how many batches, and after which of them the driver dies, or 0.
   */
  private record Case(Duration idle, int batches, int crashAfter, String... views) {

    List<Long> viewsOf(long batch) {
      return batch < 1 || batch > views.length || views[(int) batch - 1].isEmpty()
          ? List.of()
          : Arrays.stream(views[(int) batch - 1].split(" ")).map(Long::valueOf).toList();
    }

    long viewsOf(long page, long batch) {
      return viewsOf(batch).stream().filter(viewed -> viewed == page).count();
    }

    /** Returns the last batch up to this one that has a view of the page. */
    long lastView(long page, long batch) {
      long last = batch;
      while (last > 0 && viewsOf(page, last) == 0) {
        last--;
      }
      return last;
    }
  }

  /** What came out, and what Spark tells of the timers. */
  private record Outcome(List<Found> found, long timers, long expired) {}

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = QueryRunner.session();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** One after the other, as the second one is harder. */
  @Test
  void findsThemInTheFirstBatchAlsoAfterACrash() {
    assertFinds("idle-pages-each", new Case(Duration.ofSeconds(2), 7, 0, "1 2", "1", "2", "1 1"));
    // Other pages: what a static field has kept is not to be seen here.
    long left =
        assertFinds(
            "idle-pages-by-timers",
            new Case(Duration.ofMillis(1500), 7, 4, "3 3 8 4", "3 5 5 9", "3 4", "3 8 5"));
    assertThat(left).withFailMessage(STATE_LEFT.formatted(left)).isZero();
  }

  /** Returns how many values of states there are in the end. */
  private static long assertFinds(String name, Case of) {
    QueryRunner.Input<Long> input = QueryRunner.input(spark, Encoders.LONG());
    try (QueryRunner<Tuple2<Long, Long>> runner =
        QueryRunner.start(OutputMode.Append(), () -> idlePages(input.stream(), of.idle()))) {
      for (int batch = 1; batch <= of.batches(); batch++) {
        input.add(of.viewsOf(batch));
        if (batch == of.crashAfter()) {
          runner.crash().restart();
        } else {
          runner.run(1);
        }
      }
      List<String> lines =
          runner.lines(page -> "page %d: views %d".formatted(page._1(), page._2()));
      try {
        Transcript.assertMatches(name, lines);
      } catch (AssertionError e) {
        Outcome outcome =
            new Outcome(
                lines.stream().map(Found::of).toList(),
                metric(runner, "numRegisteredTimers"),
                metric(runner, "numExpiredTimers"));
        List<Found> expected = Transcript.expected(name).stream().map(Found::of).toList();
        throw new AssertionError(e.getMessage() + "\n\n" + why(expected, outcome, of), e);
      }
      return runner.query().lastProgress().stateOperators()[0].numRowsTotal();
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private static Dataset<Tuple2<Long, Long>> idlePages(Dataset<Long> views, Duration idle) {
    Dataset<Tuple2<Long, Long>> pages = IdlePagesByTimers.of(views, idle);
    String plan = pages.queryExecution().analyzed().toString();
    assertThat(plan).withFailMessage(ALL_STATES).doesNotContain("GroupsWithState");
    assertThat(plan).withFailMessage(TIME_MODE + plan).doesNotContain("EventTime");
    return pages;
  }

  /** Returns the sum over the batches of this life. */
  private static long metric(QueryRunner<?> runner, String name) {
    return Arrays.stream(runner.query().recentProgress())
        .flatMap(progress -> Arrays.stream(progress.stateOperators()))
        .map(StateOperatorProgress::customMetrics)
        .mapToLong(metrics -> metrics.getOrDefault(name, 0L))
        .sum();
  }

  /** Returns what may be the reason of the first difference. */
  private static String why(List<Found> expected, Outcome outcome, Case of) {
    for (long batch = 1; batch <= of.batches(); batch++) {
      List<Found> right = in(batch, expected);
      List<Found> came = new ArrayList<>(in(batch, outcome.found()));
      for (Found found : right) {
        Found mine = came.stream().filter(c -> c.page() == found.page()).findFirst().orElse(null);
        came.remove(mine);
        if (mine != null && mine.views() != found.views()) {
          return views(mine, found, expected, of);
        }
      }
      for (Found found : came) {
        return unexpected(found, outcome.found(), of);
      }
      for (Found found : right) {
        if (in(batch, outcome.found()).stream().noneMatch(c -> c.page() == found.page())) {
          return missing(found, outcome, of);
        }
      }
    }
    return "Each page that is found idle has to come out once.";
  }

  private static List<Found> in(long batch, List<Found> all) {
    return all.stream().filter(found -> found.batch() == batch).toList();
  }

  private static String views(Found mine, Found right, List<Found> expected, Case of) {
    long ran = of.crashAfter() == 0 ? 0 : of.viewsOf(right.page(), of.crashAfter());
    if (mine.views() < right.views()) {
      return FEWER.formatted(right.page(), mine.views(), right.batch(), right.views());
    }
    boolean before =
        expected.stream().anyMatch(f -> f.page() == right.page() && f.batch() < right.batch());
    return ran > 0 && !before && mine.views() == right.views() + ran
        ? AGAIN.formatted(
            right.page(), mine.views(), right.batch(), right.views(), of.crashAfter(), ran)
        : MORE.formatted(right.page(), mine.views(), right.batch(), right.views());
  }

  private static String unexpected(Found found, List<Found> all, Case of) {
    long last = of.lastView(found.page(), found.batch());
    long earlier =
        all.stream()
            .filter(f -> f.page() == found.page() && f.batch() < found.batch())
            .mapToLong(Found::batch)
            .max()
            .orElse(0);
    if (last == found.batch()) {
      return WITH_ITS_VIEW.formatted(found.page(), found.batch(), last);
    }
    if (earlier >= last && earlier > 0) {
      return TWICE.formatted(found.page(), found.batch(), earlier);
    }
    long idle = of.idle().toMillis();
    long ago = (found.batch() - last) * QueryRunner.INTERVAL_MS;
    if (ago == idle) {
      return EXACTLY.formatted(found.page(), found.batch(), last, idle);
    }
    return ago < idle
        ? TOO_SOON.formatted(found.page(), found.batch(), last, idle)
        : TWICE.formatted(found.page(), found.batch(), found.batch());
  }

  private static String missing(Found found, Outcome outcome, Case of) {
    if (found.batch() == of.crashAfter()) {
      return LOST.formatted(found.page(), found.batch());
    }
    for (Found later : outcome.found()) {
      if (later.page() == found.page() && later.batch() > found.batch()) {
        return of.viewsOf(found.page(), later.batch()) > 0
            ? NOT_VIEWED_ANY_MORE.formatted(found.page(), found.batch(), later.batch())
            : LATE.formatted(
                found.page(),
                found.batch(),
                later.batch(),
                of.lastView(found.page(), found.batch()),
                of.idle().toMillis());
      }
    }
    return outcome.timers() == 0
        ? NO_TIMER.formatted(found.page(), found.batch(), of.batches())
        : NOT_YET.formatted(
            found.page(),
            found.batch(),
            of.batches(),
            outcome.timers(),
            outcome.expired(),
            of.batches() * QueryRunner.INTERVAL_MS);
  }

  private static RuntimeException explained(Exception e) {
    Throwable root = ExceptionUtils.getRootCause(e);
    String message = String.valueOf(root.getMessage());
    if (message.contains("INVALID_TIME_MODE")) {
      throw new AssertionError(TIME_MODE + message, e);
    }
    if (message.contains("INVALID_HANDLE_STATE") || message.contains("HANDLE_NOT_INITIALIZED")) {
      throw new AssertionError(HANDLE + message, e);
    }
    if (root instanceof NullPointerException) {
      boolean inAMethodOfTheirs =
          root.getStackTrace()[0].getClassName().startsWith(IdlePagesByTimers.class.getName());
      throw new AssertionError((inAMethodOfTheirs ? NO_STATE : NULL) + message, e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
