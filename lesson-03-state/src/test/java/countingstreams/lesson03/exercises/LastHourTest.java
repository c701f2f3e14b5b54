package countingstreams.lesson03.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

@Exercise(
    id = "3.4",
    title = "The last hour",
    task = "Count the views of the last hour in each batch, by what comes and what goes.",
    solves = LastHour.class,
    page = "lesson-03-state",
    hints = {
      "A window of six batches differs from the one before by one batch that came and one that went."
          + " Which of the window operations of a pair stream takes a function for each of the two?",
      "reduceByKeyAndWindow with an inverse function. A page whose views have all gone then has 0, and"
          + " stays in the state for ever, unless Spark is told which pages to keep: there is a form"
          + " with one argument more.",
      "views.mapToPair(page -> new Tuple2<>(page, 1L)).reduceByKeyAndWindow(add, takeAway, hour,"
          + " views.dstream().slideDuration(), 2, page -> page._2() != 0)"
    })
class LastHourTest {

  private static final String ZERO =
      "Page %d has no views in the last %d batches, and comes out with 0. The window takes away what"
          + " leaves; it does not know that 0 is nothing. Say which pages are to stay.";
  private static final String OLD =
      "Page %d comes out with %d views in batch %d, and had %d in the last %d batches: some of them are"
          + " too old. What leaves the window has to be taken away.";
  private static final String NOT_A_NUMBER_OF_VIEWS =
      "Page %d comes out with %d views in batch %d, and had %d in the last %d batches. Spark calls the"
          + " inverse with the sum so far and what leaves: the second argument of the inverse is what"
          + " leaves, and what is added is 1 for each view.";
  private static final String NOTHING =
      "Nothing came out of batch %d, in which there were views to count. The window has two durations:"
          + " how long it is, and how often it comes. This one is to come with each batch.";

  private static final AtomicLong ADDED = new AtomicLong();
  private static final AtomicLong TAKEN = new AtomicLong();

  private record Count(long batch, long page, long views) {

    String line() {
      return "batch %d | page %d: views %d".formatted(batch, page, views);
    }
  }

  @BeforeEach
  void forget() {
    ADDED.set(0);
    TAKEN.set(0);
  }

  @Test
  void countsTheLastHour() {
    String[] views = {"1 1 2", "1 3", "", "3", "", "", "", "2 2"};
    try (BatchRunner runner = running(3, views).start()) {
      runner.run(9);
      assertMatches("last-hour", runner, 3, views);
    }
  }

  @Test
  void countsAnotherHour() {
    String[] views = {"1", "1 2", "2"};
    try (BatchRunner runner = running(2, views).start()) {
      runner.run(5);
      assertMatches("last-hour-short", runner, 2, views);
    }
  }

  @Test
  void goesOnAfterACrash() {
    String[] views = {"1 1 2", "3", "1", "2", "", "4"};
    try (BatchRunner runner = running(4, views).start()) {
      runner.run(3).crash().recover(1).run(4);
      assertMatches("last-hour-crash", runner, 4, views);
    }
  }

  @Test
  void addsAndTakesAwayOnce() {
    String[] views = {"1 1 2", "1 3", "", "2 2", "", "1"};
    int hour = 4;
    try (BatchRunner runner = running(hour, views).start()) {
      for (int batch = 1; batch <= 9; batch++) {
        ADDED.set(0);
        TAKEN.set(0);
        runner.run(1);
        assertThat(ADDED.get())
            .as(
                "Batch %d brings %d views, and add was called so many times. What is in the window"
                    + " already was added before: keep the sum, and change it",
                batch, viewsOf(batch, views))
            .isLessThanOrEqualTo(viewsOf(batch, views));
        assertThat(TAKEN.get())
            .as(
                "In batch %d %d views are too old, and takeAway was called so many times",
                batch, viewsOf(batch - hour, views))
            .isLessThanOrEqualTo(viewsOf(batch - hour, views));
        if (batch == 2) { // page 1 has views in batches 1 and 2
          assertThat(ADDED.get())
              .as(
                  "In batch 2 a page is viewed again, and add was not called at all. Views are to be"
                      + " counted by the functions given: the test counts their calls")
              .isPositive();
        }
      }
    }
  }

  @Test
  void keepsNothingOfPagesThatAreGone() {
    try (BatchRunner runner = running(2, "1 2 3 4 5 6 7 8 9", "1", "1", "1", "1").start()) {
      runner.run(5);
      List<Object> kept = new ArrayList<>();
      for (RDD<?> rdd :
          CollectionConverters.asJava(runner.context().sparkContext().getPersistentRDDs())
              .values()) {
        for (Object element : rdd.toJavaRDD().collect()) {
          if (element instanceof Tuple2<?, ?> page && Long.valueOf(0).equals(page._2())) {
            kept.add(page._1());
          }
        }
      }
      assertThat(kept)
          .as(
              "Pages that nobody has viewed for long, and that are still in the state, with 0. Left"
                  + " out afterwards they are not seen, but there: the state grows with each page"
                  + " that there ever was. Have the window itself drop them")
          .isEmpty();
    }
  }

  private static BatchRunner running(int hour, String... views) {
    return BatchRunner.of(
            (context, output) ->
                output.collect(
                    LastHour.of(
                            new ViewsDStream(context, views).asJava(),
                            new Duration(hour * BatchRunner.INTERVAL_MS),
                            (one, other) -> {
                              ADDED.incrementAndGet();
                              return one + other;
                            },
                            (one, other) -> {
                              TAKEN.incrementAndGet();
                              return one - other;
                            })
                        .dstream()))
        .withCheckpoint();
  }

  private static void assertMatches(String name, BatchRunner runner, int hour, String... views) {
    List<Count> counts = runner.batches().stream().flatMap(LastHourTest::counts).toList();
    try {
      Transcript.assertMatches(name, counts.stream().map(Count::line).toList());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n\n" + why(runner, counts, hour, views), e);
    }
  }

  private static Stream<Count> counts(Batch batch) {
    return batch.elements().stream()
        .map(element -> (Tuple2<?, ?>) element)
        .map(page -> new Count(batch.number(), (Long) page._1(), (Long) page._2()))
        .sorted(Comparator.comparingLong(Count::page));
  }

  /** Returns what may be the reason of the first difference. */
  private static String why(BatchRunner runner, List<Count> counts, int hour, String... views) {
    for (int batch = 1; batch <= views.length; batch++) {
      long number = batch;
      if (viewsOf(batch, views) > 0
          && runner.batches().stream().noneMatch(b -> b.number() == number)) {
        return NOTHING.formatted(batch);
      }
    }
    for (Count count : counts) {
      long right = 0;
      long ever = 0;
      for (int batch = 1; batch <= count.batch() && batch <= views.length; batch++) {
        long ofBatch =
            Stream.of(views[batch - 1].split(" ")).filter((count.page() + "")::equals).count();
        ever += ofBatch;
        right += batch > count.batch() - hour ? ofBatch : 0;
      }
      if (count.views() == 0) {
        return ZERO.formatted(count.page(), hour);
      }
      if (count.views() != right) {
        return (count.views() > right && count.views() <= ever ? OLD : NOT_A_NUMBER_OF_VIEWS)
            .formatted(count.page(), count.views(), count.batch(), right, hour);
      }
    }
    return "Each page with views in the last %d batches has to come out.".formatted(hour);
  }

  private static long viewsOf(int batch, String... views) {
    return batch < 1 || batch > views.length
        ? 0
        : Stream.of(views[batch - 1].split(" ")).filter(page -> !page.isEmpty()).count();
  }
}
