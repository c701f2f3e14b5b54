package countingstreams.lesson03.exercises;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson03.exercises.IdlePages.IdlePage;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.streaming.dstream.StateDStream;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

@Exercise(
    id = "3.2",
    title = "Idle pages",
    task = "Find the pages that no one views any more, by mapWithState, no later than asked.",
    solves = IdlePages.class,
    todos = 2,
    page = "lesson-03-state",
    hints = {
      "A StateSpec can have a timeout. When it is over, the function is called once more for the page:"
          + " without a view, and with a state that isTimingOut() and can't be changed. See in which"
          + " batch the test gets the page: what is it that Spark does in each tenth batch?",
      "Spark looks for timeouts only in the batches in which it goes through all states anyway, because"
          + " it checkpoints them: by default every tenth. How often that is can be said of each"
          + " stream. It is the stream that mapWithState returns that you have to tell.",
      "In of: a Function4<Time, Long, Optional<Long>, State<Long>, Optional<IdlePage>> next ="
          + " IdlePages::next; then pairs of a page and 1L,"
          + " .mapWithState(StateSpec.function(next).timeout(idle)), and on the result"
          + " checkpoint(every). In next: if state.isTimingOut(), return Optional.of(new"
          + " IdlePage(page, state.get())); else update the state, and return Optional.empty()."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class IdlePagesTest {

  private static final Pattern LINE = Pattern.compile("batch (\\d+) \\| page (\\d+): views (\\d+)");

  private static final String LATE =
      "Page %d had to be found idle in batch %d, and was in batch %d. Spark looks for timeouts only in"
          + " a batch in which it goes through all states: one that it marks for checkpoint. Left"
          + " alone, mapWithState has every tenth batch marked; here it has to be every %s.";
  private static final String AFTER_ALL =
      "Page %d had to be found idle in batch %d, and was not until it was viewed again, in batch %d."
          + " Spark looks for timeouts only in a batch in which it goes through all states: one that"
          + " it marks for checkpoint. Left alone, mapWithState has every tenth batch marked; here it"
          + " has to be every %s.";
  private static final String NEVER =
      "Page %d had to be found idle in batch %d, and was not, in %d batches. Its function is called for"
          + " a page without views only once a timeout is over, and only in a batch in which Spark"
          + " goes through all states: one that it marks for checkpoint.";
  private static final String TOO_SOON =
      "Page %d came out in batch %d, and had a view in batch %d: that is not longer ago than %s.";
  private static final String TOO_EAGER =
      "Page %d came out in batch %d. No one was to look before batch %d: with each look, Spark goes"
          + " through the state of all pages and writes it to disk. Every %s is enough, and how long"
          + " a page has to be idle is another matter.";
  private static final String TWICE =
      "Page %d came out in batch %d, and had in batch %d already, without a view in between. A state"
          + " that is timing out is gone after the call; what comes of states that stay comes again.";
  private static final String VIEWS =
      "Page %d had %d views when it was found idle in batch %d, not %d. The call for a timeout is no"
          + " view; and a page that was idle before, or was not yet when it was viewed again, counts"
          + " from 0 or goes on as its state says.";
  private static final String AGAIN =
      "Page %d had %d views when it was found idle in batch %d, not %d. The driver was killed, and a"
          + " batch runs again: it has to start from the states before it. Spark knows them, if it is"
          + " Spark that keeps them. A map of your own still has what the dead driver put there.";
  private static final String ALL =
      "There is a state of updateStateByKey. Its function is called for all pages, in each batch. No"
          + " one was to look at all of them but once every %s: that takes mapWithState.";
  private static final String CHANGED =
      "The function has tried to change a state that is timing out. Spark removes it, right after the"
          + " call; all there is to do is to say what comes out. Spark says: ";
  private static final String NO_VIEWS =
      "The function has asked for the views that the batch has for a page, in the call for its"
          + " timeout: then there are none, the Optional is empty, and get() fails on it. The state"
          + " says when it is such a call: isTimingOut(). Java says: ";
  private static final String NO_STATE =
      "The function has asked for a state that is not there. A page that is viewed for the first time,"
          + " or for the first time since it was idle, has none: see exists(). Spark says: ";
  private static final String NULL =
      "The function has returned null, and Spark wants an Optional from it: an empty one if nothing is"
          + " to come out. Java says: ";

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

    String line() {
      return "batch %d | page %d: views %d".formatted(batch, page, views);
    }
  }

  /** Views, how long is idle, how often to look, and in how many batches. */
  private record Case(Duration idle, Duration every, int batches, String... views) {

    /** Returns the last batch up to this one that has a view of the page. */
    long lastView(long page, long batch) {
      for (int b = (int) Math.min(batch, views.length); b > 0; b--) {
        if (Arrays.asList(views[b - 1].split(" ")).contains(String.valueOf(page))) {
          return b;
        }
      }
      return 0;
    }

    /** Returns the first batch after this one that has a view of the page, or 0. */
    long nextView(long page, long batch) {
      for (long b = batch + 1; b <= views.length; b++) {
        if (lastView(page, b) == b) {
          return b;
        }
      }
      return 0;
    }

    /** Returns the first batch, from this one on, in which someone looks at all pages. */
    long nextLook(long batch) {
      long batches = every.milliseconds() / BatchRunner.INTERVAL_MS;
      return (batch + batches - 1) / batches * batches;
    }
  }

  @Test
  void findsIdlePagesWhenItLooks() {
    Case every2 =
        new Case(
            seconds(3),
            seconds(2),
            14,
            "1 1 4 8",
            "1 5",
            "1 7",
            "1 6 6",
            "1 4",
            "1 8",
            "1 5 5",
            "1 1");
    assertFinds("idle-pages", every2, 0);
  }

  @Test
  void findsThemInTheFirstBatchIfItLooksInEach() {
    Case inEach = new Case(seconds(2), seconds(1), 8, "1 2", "1", "2", "1 1");
    assertFinds("idle-pages-each", inEach, 0);
  }

  @Test
  void findsThemAfterACrash() {
    Case crash = new Case(seconds(3), seconds(2), 11, "1 2 3", "1", "1 3", "1", "1");
    assertFinds("idle-pages-crash", crash, 5);
  }

  private static Duration seconds(int seconds) {
    return new Duration(1000L * seconds);
  }

  private static void assertFinds(String name, Case of, int crashAfter) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        IdlePages.of(
                                new ViewsDStream(context, of.views()).asJava(),
                                of.idle(),
                                of.every())
                            .dstream()))
            .withCheckpoint()
            .start()) {
      assertThat(hasStateOfAllPages(runner)).withFailMessage(ALL.formatted(of.every())).isFalse();
      if (crashAfter > 0) {
        runner.run(crashAfter).crash().recover(0);
      }
      runner.run(of.batches() - crashAfter);
      List<Found> found =
          runner.batches().stream()
              .flatMap(
                  batch ->
                      batch.elements().stream()
                          .map(element -> (IdlePage) element)
                          .sorted(Comparator.comparingLong(IdlePage::page))
                          .map(page -> new Found(batch.number(), page.page(), page.views())))
              .toList();
      try {
        Transcript.assertMatches(name, found.stream().map(Found::line).toList());
      } catch (AssertionError e) {
        List<Found> expected = Transcript.expected(name).stream().map(Found::of).toList();
        throw new AssertionError(
            e.getMessage() + "\n\n" + why(expected, found, of, crashAfter > 0), e);
      }
    } catch (Exception e) {
      throw explained(e);
    }
  }

  /** Tells whether a function of some stream is called for all keys in each batch. */
  private static boolean hasStateOfAllPages(BatchRunner runner) {
    Deque<DStream<?>> open = new ArrayDeque<>();
    open.addAll(List.of(runner.context().graph().getOutputStreams()));
    while (!open.isEmpty()) {
      DStream<?> next = open.remove();
      if (next instanceof StateDStream) {
        return true;
      }
      open.addAll(CollectionConverters.asJava(next.dependencies()));
    }
    return false;
  }

  /** Returns what may be the reason of the first difference. */
  private static String why(List<Found> expected, List<Found> actual, Case of, boolean crash) {
    for (long batch = 1; batch <= of.batches(); batch++) {
      long b = batch;
      List<Found> right = expected.stream().filter(found -> found.batch() == b).collect(toList());
      List<Found> came = actual.stream().filter(found -> found.batch() == b).collect(toList());
      for (Found found : came) {
        if (right.stream().noneMatch(r -> r.page() == found.page())) {
          return unexpected(found, actual, of);
        }
      }
      for (Found found : right) {
        Found mine = came.stream().filter(c -> c.page() == found.page()).findFirst().orElse(null);
        if (mine == null) {
          return missing(found, actual, of);
        }
        if (mine.views() != found.views()) {
          return (crash ? AGAIN : VIEWS)
              .formatted(found.page(), found.views(), batch, mine.views());
        }
      }
    }
    return "Each page that is found idle has to come out once.";
  }

  private static String unexpected(Found found, List<Found> actual, Case of) {
    long last = of.lastView(found.page(), found.batch());
    long earlier =
        actual.stream()
            .filter(f -> f.page() == found.page() && f.batch() < found.batch())
            .mapToLong(Found::batch)
            .max()
            .orElse(0);
    if (earlier > last) {
      return TWICE.formatted(found.page(), found.batch(), earlier);
    }
    if ((found.batch() - last) * BatchRunner.INTERVAL_MS <= of.idle().milliseconds()) {
      return TOO_SOON.formatted(found.page(), found.batch(), last, of.idle());
    }
    long nextLook = of.nextLook(found.batch());
    return nextLook > found.batch()
        ? TOO_EAGER.formatted(found.page(), found.batch(), nextLook, of.every())
        : "Page %d came out in batch %d.".formatted(found.page(), found.batch());
  }

  private static String missing(Found found, List<Found> actual, Case of) {
    if (actual.isEmpty()) {
      return NEVER.formatted(found.page(), found.batch(), of.batches());
    }
    long again = of.nextView(found.page(), found.batch());
    if (again > 0) {
      return AFTER_ALL.formatted(found.page(), found.batch(), again, of.every());
    }
    return actual.stream()
        .filter(f -> f.page() == found.page() && f.batch() > found.batch())
        .findFirst()
        .map(f -> LATE.formatted(f.page(), found.batch(), f.batch(), of.every()))
        .orElse(NEVER.formatted(found.page(), found.batch(), of.batches()));
  }

  private static RuntimeException explained(Exception e) {
    Throwable root = ExceptionUtils.getRootCause(e);
    String message = String.valueOf(root.getMessage());
    if (message.contains("the state that is timing out")) {
      throw new AssertionError(CHANGED + message, e);
    }
    if (message.contains("State is not set")) {
      throw new AssertionError(NO_STATE + message, e);
    }
    if (root instanceof NullPointerException || root instanceof NoSuchElementException) {
      boolean inTheFunction =
          Arrays.stream(root.getStackTrace())
              .anyMatch(frame -> frame.getClassName().equals(IdlePages.class.getName()));
      throw new AssertionError((inTheFunction ? NO_VIEWS : NULL) + root, e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }
}
