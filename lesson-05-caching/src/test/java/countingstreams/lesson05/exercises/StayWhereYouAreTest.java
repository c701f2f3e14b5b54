package countingstreams.lesson05.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.StoredBlock;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "5.5",
    title = "Stay where you are",
    task = "Join each batch with a large table, so that nothing of the table moves.",
    solves = StayWhereYouAre.class,
    page = "lesson-05-caching",
    hints = {
      "A join brings equal keys together: both sides have to be in partitions by key, by the same rule."
          + " What is so already stays where it is. How do you have a table partitioned by key, and what"
          + " does the join need to know of it?",
      "partitionBy is a shuffle, and gives an RDD that knows its partitioner. But an RDD is a recipe: in"
          + " the next batch the shuffle is read again. So keep what it gives, and make it once, not in"
          + " each batch.",
      "Partitioner partitioner = new HashPartitioner(n); table = titles.partitionBy(partitioner).cache(),"
          + " outside of the function that is called in each batch; in it batch.join(table, partitioner)."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class StayWhereYouAreTest {

  private static final int VIEWS = 8;
  private static final int PAGES = 5;
  private static final int TITLES = 1000;
  private static final int BATCHES = 4;
  private static final long WITHOUT_TITLE = 3;
  private static final int LARGE = 1 << 13;

  private static final String WHO_STAYS =
      "A join leaves an RDD where it is only if the RDD's own partitioner equals that of the join: partitionBy"
          + " sets one, mapToPair and repartition set none, two that differ in the number of partitions are not"
          + " equal, and nor are two objects without equals.";

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicLong COMPUTED = new AtomicLong();

  /** What moved, and was computed, until a batch was done. */
  private record Moved(long written, long read, long computed) {

    Moved minus(Moved before) {
      return new Moved(written - before.written, read - before.read, computed - before.computed);
    }

    /** The first batch can have the titles move, and computes them. */
    String line(long batch, String titled) {
      long free = batch == 1 ? VIEWS + TITLES : VIEWS;
      return "batch %d | %s, %d titles computed | %s"
          .formatted(
              batch,
              Math.max(written, read) <= free
                  ? "the batch moves"
                  : "%d written, %d read".formatted(written, read),
              computed,
              titled);
    }

    String why(long batch) {
      if (computed > (batch == 1 ? TITLES : 0)) {
        return ("Titles were computed again in batch %d: %d of them. An RDD that is not persisted is computed by"
                + " each job that needs it; one that is made anew in each batch knows nothing of those before;"
                + " and some methods, as those that sort, read what they get a second time.")
            .formatted(batch, computed);
      }
      if (batch > 1 && written > VIEWS) {
        return "The titles moved in batch %d, too: %d records were written for a shuffle, and the batch has %d. %s"
            .formatted(batch, written, VIEWS, WHO_STAYS);
      }
      if (batch > 1 && read > VIEWS) {
        return ("All titles were fetched in batch %d: %d records were read from a shuffle, and the batch has %d. An"
                + " RDD that is partitioned is a recipe as any other: it says to read its shuffle files, in"
                + " each batch, unless what it gives is persisted. (And if a stream returns it, the engine"
                + " unpersists it.)")
            .formatted(batch, read, VIEWS);
      }
      if (batch == 1 && Math.max(written, read) > VIEWS + TITLES) {
        return "The titles moved twice in batch 1: %d records were written for shuffles, and %d read. Each title may move once, and each view: %d. %s"
            .formatted(written, read, VIEWS + TITLES, WHO_STAYS);
      }
      return "";
    }
  }

  @BeforeEach
  void forget() {
    COMPUTED.set(0);
  }

  @Test
  void onlyTheBatchMoves() {
    List<String> lines = new ArrayList<>();
    List<String> whys = new ArrayList<>();
    Moves moves = new Moves();
    long kept;
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) -> {
                  context.sparkContext().addSparkListener(moves);
                  output.collect(
                      StayWhereYouAre.titled(views(context), titles(context, 1)).dstream());
                })
            .with("spark.cleaner.referenceTracking", "false") // or garbage collections let go, too
            .start()) {
      Moved before = new Moved(0, 0, 0); // what moved before the first batch counts with it
      for (int batch = 1; batch <= BATCHES; batch++) {
        runner.run(1).awaitListeners();
        Moved all = new Moved(moves.written.get(), moves.read.get(), COMPUTED.get());
        lines.add(all.minus(before).line(batch, titled(runner, batch)));
        whys.add(all.minus(before).why(batch));
        before = all;
      }
      kept = rddsKept();
    }
    try {
      Transcript.assertMatches("stay-where-you-are", lines);
    } catch (AssertionError e) {
      String why =
          whys.stream()
              .filter(text -> !text.isEmpty())
              .findFirst()
              .orElse(
                  "The titles stay where they are. But the views that came out are not the right ones.");
      throw new AssertionError(why + "\n\n" + e.getMessage(), e);
    }
    assertThat(kept)
        .as(
            "After batch %d, %d RDDs are kept on the executors, and only the titles need be. One that is"
                + " persisted on the way in each batch has been returned by no stream: nobody lets go of it",
            BATCHES, kept)
        .isLessThanOrEqualTo(2);
  }

  @Test
  void staysOnTheExecutors() {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        StayWhereYouAre.titled(views(context), titles(context, LARGE)).dstream()))
            .with("spark.driver.maxResultSize", "4m")
            .start()) {
      runner.run(1);
      assertThat(runner.batches().get(0).elements()).isNotEmpty();
    } catch (Exception e) {
      if (ExceptionUtils.getRootCauseMessage(e).contains("spark.driver.maxResultSize")) {
        throw new AssertionError(
            "Titles have come to the driver. There are too many for that, and so there are for each executor, to"
                + " which a broadcast would send all of them. Spark says: "
                + ExceptionUtils.getRootCauseMessage(e),
            e);
      }
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  /** Views of five pages, one of which has no title. */
  private static JavaPairDStream<Long, Long> views(StreamingContext context) {
    return new CountingDStream(context, VIEWS, 2)
        .asJava()
        .mapToPair(number -> new Tuple2<>(number % PAGES, number));
  }

  private static JavaPairRDD<Long, String> titles(StreamingContext context, int length) {
    return JavaSparkContext.fromSparkContext(context.sparkContext())
        .parallelize(LongStream.rangeClosed(0, TITLES).boxed().toList(), 2)
        .filter(page -> page != WITHOUT_TITLE)
        .mapToPair(page -> new Tuple2<>(page, title(page, length)));
  }

  private static String title(long page, int length) {
    COMPUTED.incrementAndGet();
    return ("p" + page).repeat(length);
  }

  /** Returns the views of a batch with their titles, in the order of views. */
  private static String titled(BatchRunner runner, int batch) {
    return runner.batches().get(batch - 1).elements().stream()
        .map(StayWhereYouAreTest::viewAndTitle)
        .sorted()
        .map(view -> view.replaceFirst("^0+(?=\\d)", ""))
        .collect(Collectors.joining(", "));
  }

  private static String viewAndTitle(Object titled) {
    Tuple2<?, ?> pair = (Tuple2<?, ?>) ((Tuple2<?, ?>) titled)._2();
    return "%03d %s".formatted(pair._1(), pair._2());
  }

  /** Adds up what tasks have written to shuffle files and read from them. */
  private static final class Moves extends SparkListener {

    private final AtomicLong written = new AtomicLong();
    private final AtomicLong read = new AtomicLong();

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      written.addAndGet(end.taskMetrics().shuffleWriteMetrics().recordsWritten());
      read.addAndGet(end.taskMetrics().shuffleReadMetrics().recordsRead());
    }
  }

  /** Returns of how many RDDs there are blocks, in memory or on disk. */
  private static long rddsKept() {
    return BatchRunner.storedBlocks().stream().map(StoredBlock::rdd).distinct().count();
  }
}
