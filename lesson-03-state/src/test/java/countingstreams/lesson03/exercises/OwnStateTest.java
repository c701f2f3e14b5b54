package countingstreams.lesson03.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.lesson03.exercises.OwnState.Counts;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.util.KnownSizeEstimation;
import org.apache.spark.util.SizeEstimator;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "3.3",
    title = "Your own state stream",
    task = "Keep the views of all pages in a stream of yours whose batches cost what they change.",
    solves = OwnState.class,
    todos = 4,
    page = "lesson-03-state",
    hints = {
      "The counts before a batch are still in memory, and needed if a task runs again: they may not"
          + " change. A copy of all of them costs as much as they are. Which maps share what has not"
          + " changed? Spark brings a library along that has one.",
      "Scala's immutable HashMap: HashMap$.MODULE$.empty(), get, and updated, which returns another"
          + " map. Views come to the partitions of their pages with reduceByKey; zipPartitions then"
          + " gives a task the counts of its partition, and the views beside them.",
      "plus: for each page of the batch, all = all.updated(page, its views + those in all.get(page),"
          + " or 0); return new Counts<>(all). next: mapToPair(page -> (page, 1)),"
          + " reduceByKey(Long::sum, partitions), then before.toJavaRDD().zipPartitions(views, (counts,"
          + " news) -> List.of(counts.next().plus(news)).iterator()).rdd(). estimatedSize: 64 bytes a"
          + " page, times size()."
    })
class OwnStateTest {

  private static final String EXPECTED = "own-state";

  private static final int MANY = 10_000;
  private static final int PAGES_A_BATCH = 10;

  /** A page of a persistent map costs a look for its old and its new value, and some between. */
  private static final int LOOKS_A_PAGE = 100;

  /** A page of a persistent map costs a path of nodes: about a thousand bytes. */
  private static final int BYTES_A_PAGE = 10_000;

  private static final int BATCHES = 15;
  private static final int VIEWS = 5;
  private static final int PAGES = 7;
  private static final int PARTITIONS = 3;

  private static final String WORK =
      " A batch may cost what it changes, and no more, however many pages there are: a map that is"
          + " immutable shares what has not changed with the one before it";

  @Test
  void leavesTheCountsBeforeABatchAsTheyAre() {
    Counts<Page> none = new Counts<>();
    Counts<Page> one = none.plus(batch(1, 1, 2, 1, 3, 1));
    Counts<Page> two = one.plus(batch(3, 1, 4, 2));
    assertThat(views(two))
        .as(
            "Views of pages 1, 2 and 3, one each, and then one of page 3 and two of page 4. (A map"
                + " that is immutable does not change when it is told to: it returns another one)")
        .isEqualTo(Map.of(1L, 1L, 2L, 1L, 3L, 2L, 4L, 2L));
    assertThat(views(one))
        .as(
            "The counts of the batch before, once another batch was added. They are to stay as they"
                + " were: Spark has them in memory, and if a task runs a second time, or a batch is"
                + " lost, it counts on from them again")
        .isEqualTo(Map.of(1L, 1L, 2L, 1L, 3L, 1L));
    assertThat(views(one.plus(batch(3, 1, 4, 2))))
        .as(
            "The same batch, added to the same counts a second time, as a task that runs twice does")
        .isEqualTo(views(two));
    assertThat(views(none)).as("No counts, once batches were added to them").isEmpty();
    assertThat(views(two.plus(batch()))).as("An idle batch").isEqualTo(views(two));
  }

  @Test
  void doesWorkInProportionToWhatChanges() {
    Counts<Page> counts = many();
    Work idle = Work.of(() -> counts.plus(batch()));
    assertThat(idle.looks())
        .as("How often a batch without views has looked at a page, of %d." + WORK, MANY)
        .isZero();
    assertThat(idle.bytes())
        .as("Bytes that a batch without views has taken, with %d pages." + WORK, MANY)
        .isLessThan(BYTES_A_PAGE);
    Work work = Work.of(() -> counts.plus(batch(1, 1, 2, 1, 3, 1)));
    assertThat(work.looks())
        .as(
            "How often a batch with views of 3 pages has looked at a page, of %d: at its hash, or"
                + " whether it equals another."
                + WORK,
            MANY)
        .isLessThanOrEqualTo(3 * LOOKS_A_PAGE);
    assertThat(work.bytes())
        .as(
            "Bytes that a batch with views of 3 pages has taken, with %d pages: about %d a page"
                + " there is. A copy takes as much, be it made by the map's own method."
                + WORK,
            MANY,
            work.bytes() / MANY)
        .isLessThan(3 * BYTES_A_PAGE);
  }

  @Test
  void holdsNoMoreThanThePages() throws IOException {
    Counts<Page> counts = new Counts<Page>().plus(batch(1, 1));
    int one = serialized(counts.plus(batch(1, 1)));
    for (int i = 0; i < MANY; i++) {
      counts = counts.plus(batch(1, 1));
    }
    try {
      assertThat(serialized(counts))
          .as(
              "Bytes of the counts, written to a checkpoint, after %d batches with views of one and"
                  + " the same page. After two batches they were %d: what is kept grows with the"
                  + " pages, and not with the batches",
              MANY, one)
          .isLessThanOrEqualTo(one + 100);
    } catch (StackOverflowError e) {
      throw new AssertionError(
          "After %d batches the counts can't be written to a checkpoint: counts that hold on to the"
                  .formatted(MANY)
              + " counts before them are a chain, one link a batch, and what walks it runs out of"
              + " stack. Hold a map with all pages instead: it shares nodes with the one before, and"
              + " does not know it",
          e);
    }
  }

  @Test
  void saysItsSizeWithoutAWalk() {
    Counts<Page> counts = many();
    Work work = Work.of(() -> SizeEstimator.estimate(counts));
    String asked =
        " Spark asks in every batch, when it has put the counts into memory: a walk through the map"
            + " makes each batch cost as much as there are pages";
    assertThat(work.looks())
        .as("How often a page was looked at to estimate the size, of %d." + asked, MANY)
        .isZero();
    assertThat(work.bytes())
        .as("Bytes that were taken to estimate the size of %d pages." + asked, MANY)
        .isLessThan(BYTES_A_PAGE);
    assertThat(SizeEstimator.estimate(counts) / MANY)
        .as(
            "Bytes a page that the counts say they take, with %d pages. Spark believes it: with too"
                + " little, memory is full before Spark makes room, with too much, Spark keeps less than"
                + " it could. A boxed key, a boxed number and their places in a node are about 64 bytes",
            MANY)
        .isBetween(16L, 512L);
  }

  @Test
  void countsAllViewsInEachBatch() {
    running(
        runner -> {
          Traffic traffic = new Traffic();
          runner.context().sparkContext().addSparkListener(traffic);
          int measured = 9; // one more, and the job is among them that writes a checkpoint
          runner.run(measured);
          assertThat(traffic.jobs.get())
              .as(
                  "Jobs of %d batches: one each, that of the output. Who collects an RDD where it is"
                      + " made runs a job on it, in the thread that makes all batches, and has all"
                      + " pages on the driver",
                  measured)
              .isEqualTo(measured);
          assertThat(traffic.shuffled.get())
              .as(
                  "Elements that %d batches, with %d views each, have sent from partition to partition."
                      + " The counts before are in the partitions of their pages already: only the"
                      + " views have to get there. A batch that sends the counts along costs as much"
                      + " as there are pages",
                  measured, VIEWS)
              .isLessThanOrEqualTo(measured * VIEWS);
          runner.run(BATCHES - measured);
          assertTotals(runner.batches(), BATCHES, "");
          for (Batch batch : runner.batches()) {
            assertThat(batch.partitions().stream().map(List::size))
                .as(
                    "How many elements each partition of batch %d has: one, the counts of its pages",
                    batch.number())
                .containsOnly(1);
          }
        });
  }

  @Test
  void countsAgainWhatIsLostFromMemory() {
    running(
        runner -> {
          int whole = 3;
          runner.run(whole);
          List<Batch> batches = new ArrayList<>(runner.batches());
          for (int batch = whole + 1; batch <= BATCHES; batch++) {
            runner
                .context()
                .sparkContext()
                .getPersistentRDDs()
                .values()
                .foreach(rdd -> ((RDD<?>) rdd).unpersist(true));
            batches.add(again(runner, batch - 1));
            runner.run(1);
            batches.add(runner.batches().get(batch - 1));
          }
          assertTotals(
              batches,
              whole,
              "In this run the counts were dropped from memory after batch %d, and after each one that"
                      .formatted(whole)
                  + " followed, as when an executor is lost, and then asked for again. Spark runs the"
                  + " tasks of the batch again, and those of older ones: what a task gives may depend"
                  + " on nothing but the counts before and the batch.");
        });
  }

  /** What Spark does for the batches. */
  private static final class Traffic extends SparkListener {

    private final AtomicInteger jobs = new AtomicInteger();
    private final AtomicLong shuffled = new AtomicLong();

    @Override
    public void onJobStart(SparkListenerJobStart start) {
      jobs.incrementAndGet();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.taskMetrics() != null) { // a task that could not start has none
        shuffled.addAndGet(end.taskMetrics().shuffleWriteMetrics().recordsWritten());
      }
    }
  }

  /** Computes the counts of a batch a second time. */
  private static Batch again(BatchRunner runner, int batch) {
    DStream<?> stream = runner.context().graph().getOutputStreams()[0].dependencies().head();
    RDD<?> rdd = stream.generatedRDDs().apply(new Time(batch * BatchRunner.INTERVAL_MS));
    return new Batch(batch, List.of(List.copyOf(rdd.toJavaRDD().collect())));
  }

  @Test
  void goesOnAfterACrash() {
    running(
        runner -> {
          runner.run(13).crash().recover(1).run(1);
          assertTotals(
              runner.batches(),
              13,
              "In this run the driver was killed after batch 13. The one after it has the counts of"
                  + " batch 10, from the checkpoint, and counts 11 to 13 again: nothing else of the life"
                  + " before is there.");
        });
  }

  /**
   * Asserts that each time a batch came out its counts were right.
   *
   * @param before the last batch before that happened of which {@code why} speaks
   */
  private static void assertTotals(List<Batch> batches, int before, String why) {
    List<String> lines =
        batches.stream()
            .sorted(Comparator.comparingLong(Batch::number))
            .map(OwnStateTest::line)
            .distinct()
            .toList();
    try {
      Transcript.assertMatches(EXPECTED, lines);
    } catch (AssertionError e) {
      boolean wrongBefore =
          !Transcript.expected(EXPECTED).stream()
              .limit(before)
              .toList()
              .equals(lines.stream().limit(before).toList());
      throw why.isEmpty() || wrongBefore ? e : new AssertionError(why + "\n\n" + e.getMessage(), e);
    }
  }

  private static String line(Batch batch) {
    return batch.elements().stream()
        .flatMap(counts -> pages((Counts<?>) counts))
        .sorted()
        .collect(Collectors.joining(" ", "batch " + batch.number() + " | ", ""));
  }

  private static <K> Stream<String> pages(Counts<K> counts) {
    List<String> pages = new ArrayList<>();
    counts.pages().forEachRemaining(page -> pages.add(page._1() + ":" + page._2()));
    return pages.stream();
  }

  private static void running(Consumer<BatchRunner> test) {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        new OwnState(
                            new PageViewsDStream(context, VIEWS, PARTITIONS - 1, PAGES),
                            PARTITIONS)))
            .withCheckpoint()
            .start()) {
      test.accept(runner);
    } catch (Exception e) {
      throw explained(e);
    }
  }

  private static RuntimeException explained(Exception e) {
    String message = ExceptionUtils.getRootCauseMessage(e);
    if (message.contains("unequal numbers of partitions")) {
      throw new AssertionError(
          "The batch has %d partitions, dealt as the numbers came, and the counts have %d, dealt by"
                  .formatted(PARTITIONS - 1, PARTITIONS)
              + " page. A task has the counts of its own pages: their views have to come to it first,"
              + " all of a page to the same partition in each batch. Spark says: "
              + message,
          e);
    }
    return ExceptionUtils.asRuntimeException(e);
  }

  /** Returns counts of many pages, one view each, that have come in many batches. */
  private static Counts<Page> many() {
    Counts<Page> counts = new Counts<>();
    for (long page = 0; page < MANY; page += PAGES_A_BATCH) {
      long[] batch = new long[2 * PAGES_A_BATCH];
      for (int i = 0; i < PAGES_A_BATCH; i++) {
        batch[2 * i] = page + i;
        batch[2 * i + 1] = 1;
      }
      counts = counts.plus(batch(batch));
    }
    return counts;
  }

  /** Returns a batch, from pages and their views in turn. */
  private static Iterator<Tuple2<Page, Long>> batch(long... pagesAndViews) {
    List<Tuple2<Page, Long>> batch = new ArrayList<>();
    for (int i = 0; i < pagesAndViews.length; i += 2) {
      batch.add(new Tuple2<>(new Page(pagesAndViews[i]), pagesAndViews[i + 1]));
    }
    return batch.iterator();
  }

  private static Map<Long, Long> views(Counts<Page> counts) {
    Map<Long, Long> views = new TreeMap<>();
    counts
        .pages()
        .forEachRemaining(
            page ->
                assertThat(views.put(page._1().number, page._2()))
                    .as("One count a page, and there are two of page %d", page._1().number)
                    .isNull());
    return views;
  }

  private static int serialized(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
      output.writeObject(object);
    }
    return bytes.size();
  }

  /** What something costs: how often it looks at a page, and how many bytes of memory it takes. */
  private record Work(long looks, long bytes) {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Work of(Supplier<?> work) {
      work.get(); // Classes are loaded and lambdas linked the first time.
      long looks = Page.LOOKS.get();
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      work.get();
      return new Work(Page.LOOKS.get() - looks, THREADS.getCurrentThreadAllocatedBytes() - bytes);
    }
  }

  /** A page that knows how often it was looked at. */
  private static final class Page implements Comparable<Page>, KnownSizeEstimation, Serializable {

    private static final long serialVersionUID = 1L;
    private static final AtomicLong LOOKS = new AtomicLong();

    private final long number;

    Page(long number) {
      this.number = number;
    }

    @Override
    public int hashCode() {
      LOOKS.incrementAndGet();
      return Long.hashCode(number);
    }

    @Override
    public boolean equals(Object other) {
      LOOKS.incrementAndGet();
      return other instanceof Page page && page.number == number;
    }

    @Override
    public int compareTo(Page other) {
      LOOKS.incrementAndGet();
      return Long.compare(number, other.number);
    }

    @Override
    public long estimatedSize() {
      LOOKS.incrementAndGet();
      return Long.BYTES;
    }
  }
}
