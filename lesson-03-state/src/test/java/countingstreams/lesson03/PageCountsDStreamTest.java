package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.Time;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Tuple2;

/** Proves what the state stream of our own promises, beside right totals. */
class PageCountsDStreamTest {

  private static final int PARTITIONS = 4;

  @Nested
  @DisplayName("Counts")
  class Counts {

    // #region immutable
    @Test
    @DisplayName("The counts before a batch stay as they were; an idle batch makes no new map")
    void immutable() {
      PageCounts one = PageCounts.NONE.plus(views(1, 2, 3));
      PageCounts two = one.plus(views(3, 4));
      assertThat(pages(one)).isEqualTo(Map.of(1L, 1L, 2L, 1L, 3L, 1L));
      assertThat(pages(two)).isEqualTo(Map.of(1L, 1L, 2L, 1L, 3L, 2L, 4L, 1L));
      assertThat(pages(PageCounts.of(two.changed()))).isEqualTo(Map.of(3L, 2L, 4L, 1L));
      PageCounts idle = two.plus(views());
      assertThat(idle.totals()).isSameAs(two.totals());
      assertThat(idle.changed().size()).isZero();
    }

    // #endregion immutable

    // #region shares
    @Test
    @DisplayName("The counts after a batch share with those before it what has not changed")
    void share() {
      PageCounts before = PageCounts.NONE.plus(views(LongStream.range(0, 10_000).toArray()));
      PageCounts after = before.plus(views(1));
      long ofOne = bytes(before.totals());
      long ofBoth = bytes(List.of(before.totals(), after.totals()));
      assertThat(ofBoth - ofOne).isPositive().isLessThan(ofOne / 100);
    }

    // #endregion shares

    // #region says-its-size
    @Test
    @DisplayName("Say their size, which Spark takes without a walk through the map")
    void sayTheirSize() {
      PageCounts counts =
          PageCounts.NONE.plus(views(LongStream.range(0, 10_000).toArray())).plus(views(1));
      assertThat(bytes(counts)).isEqualTo(counts.estimatedSize()).isEqualTo(64L * 10_002);
    }

    // #endregion says-its-size

    private long bytes(Object object) {
      return org.apache.spark.util.SizeEstimator.estimate(object);
    }
  }

  @Nested
  @DisplayName("Files")
  class TheFiles {

    private final JavaSparkContext spark = new JavaSparkContext("local", "files");
    @TempDir private Path folder;

    @AfterEach
    void stop() {
      spark.stop();
    }

    private StateFiles files() {
      return new StateFiles(
          folder.toUri().toString(),
          1000,
          spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration())));
    }

    // #region read-back
    @Test
    @DisplayName("Give back any state of the last cycle; a task run twice does no harm")
    void readBack() throws IOException {
      StateFiles files = files();
      List<Long> batchTimes = new ArrayList<>();
      PageCounts counts = PageCounts.NONE;
      for (int batch = 1; batch <= 35; batch++) {
        counts = counts.plus(views(1, batch, Long.MAX_VALUE - batch));
        batchTimes.add(batch * 1000L);
        files.write(batch * 1000L, 0, counts);
        files.write(batch * 1000L, 0, counts);
        assertThat(pages(files.read(batchTimes, 0))).isEqualTo(pages(counts));
        int first = Math.max(0, batch - StateFiles.CYCLE);
        assertThat(pages(files.read(batchTimes.subList(first, batch), 0))).isEqualTo(pages(counts));
      }
      assertThat(names(folder)).as("no file is left aside").hasSize(35);
      assertThat(pages(files.read(List.of(), 0))).isEmpty();
    }

    // #endregion read-back

    @Test
    @DisplayName("Have only what has changed, but for a snapshot")
    void changesOnly() throws IOException {
      StateFiles files = files();
      PageCounts counts = PageCounts.NONE.plus(views(1, 2, 3, 4, 5)).plus(views(5, 6));
      files.write(9000, 0, counts);
      files.write(10_000, 0, counts);
      // How many there are, then a page and its total each: small numbers, each in one byte.
      assertThat(folder.resolve("9000-0.changes")).hasSize(1 + 2 * 2);
      assertThat(folder.resolve("10000-0.snapshot")).hasSize(1 + 6 * 2);
    }

    // #region missing-file
    @Test
    @DisplayName("A file that is not there is an error, not a lower count")
    void missing() throws IOException {
      StateFiles files = files();
      files.write(1000, 0, PageCounts.NONE.plus(views(1)));
      assertThatThrownBy(() -> files.read(List.of(1000L, 2000L), 0))
          .isInstanceOf(IOException.class)
          .hasMessageMatching(
              "No .*/2000-0.changes: its batch has failed, "
                  + "or no output operation has read partition 0 of it.");
    }

    // #endregion missing-file

    @Test
    @DisplayName("Of a batch are deleted together, with what a task that died has left aside")
    void deleted() throws IOException {
      StateFiles files = files();
      for (int partition = 0; partition < 2; partition++) {
        files.write(1000, partition, PageCounts.NONE.plus(views(1)));
        files.write(11_000, partition, PageCounts.NONE.plus(views(1)));
      }
      Files.createFile(folder.resolve(".1000-1.changes.left-aside"));
      files.delete(1000);
      assertThat(names(folder)).containsExactlyInAnyOrder("11000-0.changes", "11000-1.changes");
    }
  }

  // #region staggered
  @Test
  @DisplayName("Each partition has a snapshot in ten batches, and no batch writes all of them")
  void staggered() throws IOException {
    try (BatchRunner runner = running().start()) {
      runner.run(20);
      Map<String, Integer> ofBatch = new HashMap<>();
      Map<String, Integer> ofPartition = new TreeMap<>();
      for (String name : names(folder(runner))) {
        if (name.endsWith("snapshot")) {
          ofBatch.merge(name.split("[-.]")[0], 1, Integer::sum);
          ofPartition.merge(name.split("[-.]")[1], 1, Integer::sum);
        }
      }
      assertThat(ofPartition).isEqualTo(Map.of("0", 2, "1", 2, "2", 2, "3", 2));
      assertThat(ofBatch.values()).containsOnly(1);
    }
  }

  // #endregion staggered

  // #region bounded
  @Test
  @DisplayName("The files are of the last 20 batches, however long it runs, and after a restart")
  void bounded() throws IOException {
    try (BatchRunner runner = running().start()) {
      runner.run(30);
      assertThat(names(folder(runner))).hasSize(20 * PARTITIONS);
      runner.run(10).crash().recover(0).run(10);
      assertThat(names(folder(runner))).hasSize(20 * PARTITIONS);
      assertThat(names(folder(runner)).stream().mapToInt(name -> time(name) / 1000).distinct())
          .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(31, 50).boxed().toList());
    }
  }

  // #endregion bounded

  // #region lost-from-memory
  @Test
  @DisplayName("Counts that are not in memory are read from the files")
  void lostFromMemory() {
    try (BatchRunner runner = running().start()) {
      for (int batch = 1; batch <= 25; batch++) {
        runner.run(1);
        runner
            .context()
            .sparkContext()
            .getPersistentRDDs()
            .values()
            .foreach(rdd -> ((RDD<?>) rdd).unpersist(true));
      }
      Totals.assertRight(runner, 25);
    }
  }

  // #endregion lost-from-memory

  // #region unread
  @Test
  @DisplayName("A partition that no output operation reads is not counted: the next batch fails")
  void unreadPartition() {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    new PageCountsDStream(
                            new PageViewsDStream(context, Totals.VIEWS, 2, Totals.PAGES),
                            PARTITIONS)
                        .totals()
                        .foreachRDD(
                            (totals, time) ->
                                totals.take(time.milliseconds() == 1000 ? 1 : Totals.PAGES)))
            .withCheckpoint()
            .start()) {
      runner.run(1);
      assertThat(folder(runner).resolve("1000-0.changes")).exists();
      assertThat(folder(runner).resolve("1000-3.changes")).doesNotExist();
      assertThatThrownBy(() -> runner.run(1))
          .hasStackTraceContaining("or no output operation has read partition");
    }
  }

  // #endregion unread

  // #region preferred-locations
  @Test
  @DisplayName("A task is sent to where the counts before are in memory")
  void preferredLocations() {
    List<String> places = new CopyOnWriteArrayList<>();
    PageCountsDStream[] counts = new PageCountsDStream[1];
    try (BatchRunner runner = running(counts).start()) {
      for (int batch = 1; batch <= 2; batch++) {
        int number = batch;
        runner.at(Point.JOB_RUNS, batch, () -> places.add(places(rdd(counts[0], number))));
      }
      runner.run(2);
      assertThat(places).hasSize(2);
      assertThat(places.get(0)).isEmpty();
      assertThat(places.get(1)).startsWith("executor_").endsWith("_driver");
    }
  }

  // #endregion preferred-locations

  // #region short-lineage
  @Test
  @DisplayName("The lineage is as short in batch 30 as in batch 1, and only that RDD is in memory")
  void shortLineage() {
    PageCountsDStream[] counts = new PageCountsDStream[1];
    try (BatchRunner runner = running(counts).start()) {
      runner.run(1);
      int ofTheFirst = depth(counts[0], 1);
      runner.run(29);
      assertThat(depth(counts[0], 30)).isEqualTo(ofTheFirst);
      assertThat(runner.context().sparkContext().getPersistentRDDs().size()).isEqualTo(1);
    }
  }

  // #endregion short-lineage

  @Test
  @DisplayName("Without a checkpoint directory it does not start")
  void needsADirectory() {
    BatchRunner runner =
        BatchRunner.of(
            (context, output) ->
                output.collect(
                    new PageCountsDStream(new PageViewsDStream(context, 1, 1, 1), 1)
                        .totals()
                        .dstream()));
    assertThatThrownBy(runner::start).hasMessage("Page counts need a checkpoint directory.");
  }

  private static BatchRunner running() {
    return running(new PageCountsDStream[1]);
  }

  /** Returns a run, not started, that puts its stream of counts into the array. */
  private static BatchRunner running(PageCountsDStream[] counts) {
    return BatchRunner.of(
            (context, output) -> {
              counts[0] =
                  new PageCountsDStream(
                      new PageViewsDStream(context, Totals.VIEWS, 2, Totals.PAGES), PARTITIONS);
              output.collect(counts[0].totals().dstream());
            })
        .withCheckpoint();
  }

  private static int depth(PageCountsDStream counts, int batch) {
    return rdd(counts, batch).toDebugString().split("\n").length;
  }

  private static String places(RDD<PageCounts> rdd) {
    return rdd.getPreferredLocations(rdd.partitions()[0]).mkString(" ");
  }

  private static RDD<PageCounts> rdd(PageCountsDStream counts, int batch) {
    return counts.generatedRDDs().apply(new Time(batch * BatchRunner.INTERVAL_MS));
  }

  private static Path folder(BatchRunner runner) {
    return runner.checkpointDirectory().resolve("page-counts-0");
  }

  /** Without Hadoop's checksums. */
  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith(".crc"))
          .toList();
    }
  }

  private static int time(String name) {
    return Integer.parseInt(name.substring(0, name.indexOf('-')));
  }

  private static Iterator<Tuple2<Long, Long>> views(long... pages) {
    return LongStream.of(pages).mapToObj(page -> new Tuple2<>(page, 1L)).iterator();
  }

  private static Map<Long, Long> pages(PageCounts counts) {
    Map<Long, Long> pages = new TreeMap<>();
    counts.iterator().forEachRemaining(page -> pages.put(page._1(), page._2()));
    return pages;
  }
}
