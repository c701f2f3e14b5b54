package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.MeasuredTable;
import countingstreams.testkit.Point;
import countingstreams.testkit.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/**
 * Every place in a batch's life where its driver can be killed, and what it leads to: the batch
 * reads from Kafka and writes to a database, and more has come when the next driver starts. Writes
 * the table of the page, and records a run for each place.
 */
@Tag("course-check")
class PlacesTest {

  private static final Path TABLE = Path.of("../docs/data/lesson-04-places.json");
  private static final int PAGES = 50;
  private static final int PARTITIONS = 2;
  private static final int MOST_IN_A_BATCH = 100;
  private static final int NEWS = 10;

  /** The batch whose life is looked at. */
  private static final int BATCH = 4;

  private static final long BATCH_TIME = BATCH * BatchRunner.INTERVAL_MS;

  /** In the order of the batch's life. */
  private enum Place {
    NOT_THERE("before it is generated"),
    RANGE_LOGGED("once its range is in the log"),
    WAITS("while it waits in the queue"),
    RUNS("while its job runs"),
    HALF_WRITTEN("between its two partitions"),
    WRITTEN("once both are in the database"),
    DONE("once a checkpoint says that it is done");

    final String inWords;

    Place(String inWords) {
      this.inWords = inWords;
    }

    String trace() {
      return "lesson-04/killed-" + name().toLowerCase().replace('_', '-');
    }
  }

  private static final String WROTE = "wrote ";

  /** Tasks of this JVM look here: what the second partition's does before it writes. */
  private static volatile Runnable beforeSecondPartition = () -> {};

  /** The tasks that write first partitions, until and with that of the batch. */
  private CountDownLatch firstPartitions;

  private Books books;
  private long produced;

  // #region places
  @Test
  @DisplayName(
      "Wherever a driver is killed, each number is in the database once; the table says how")
  void places() throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    try (KafkaBroker kafka = KafkaBroker.start()) {
      for (Place place : Place.values()) {
        rows.add(killed(place, kafka));
      }
    }
    assertThat(rows).allMatch(row -> row.get(3).equals(0L) && row.get(4).equals(0L));
    new MeasuredTable(
            "Batch %d has %d numbers in %d partitions; %d more have come when the next driver starts"
                .formatted(BATCH, NEWS, PARTITIONS, NEWS),
            List.of(
                "killed",
                "numbers in batch %d".formatted(BATCH),
                "partitions that the next driver writes",
                "numbers lost",
                "numbers twice"),
            rows,
            "Spark 4.1.0, manual clock, a Kafka broker")
        .assertSameAs(TABLE);
  }

  private List<Object> killed(Place place, KafkaBroker kafka) throws IOException {
    books = Books.inMemory();
    produced = 0;
    firstPartitions = new CountDownLatch(BATCH);
    KafkaTopic topic = Topics.create(kafka, place.name(), PARTITIONS);
    try (BatchRunner runner = running(topic)) {
      runner.recording("Killed " + place.inWords).start();
      long numbers;
      int before;
      try (CrashImage left = killed(place, runner, () -> produce(kafka, topic))) {
        numbers = hasRange(left) ? NEWS : 2 * NEWS;
        before = left.batches().size();
        produce(kafka, topic);
        runner.restart(left, 0).run(1);
      }
      Traces.assertSameStructure(place.trace(), runner);
      assertThat(books.rows("select sum(views) from page_views where batch_time = " + BATCH_TIME))
          .containsExactly(List.of(numbers));
      Collection<Long> tooMany = books.wrong(produced, PAGES).values();
      return List.of(
          place.inWords,
          numbers,
          runner.batches().stream()
              .skip(before)
              .filter(batch -> batch.number() == BATCH)
              .flatMap(batch -> batch.elements().stream())
              .filter(said -> said.toString().startsWith(WROTE))
              .count(),
          tooMany.stream().mapToLong(views -> Math.max(0, -views)).sum(),
          tooMany.stream().mapToLong(views -> Math.max(0, views)).sum());
    }
  }

  // #endregion places

  /** Runs until the batch is at a place, and returns what is left if the driver is killed there. */
  private CrashImage killed(Place place, BatchRunner runner, Runnable produce) {
    AtomicReference<CrashImage> left = new AtomicReference<>();
    Runnable kill = () -> left.set(runner.awaitCheckpoint().kill());
    switch (place) {
      case NOT_THERE -> {}
      case RANGE_LOGGED -> runner.at(Point.AFTER_COMPUTE, BATCH, () -> left.set(runner.kill()));
      case WAITS -> runner.hold(Point.JOB_RUNS, BATCH - 1);
      case RUNS -> runner.at(Point.JOB_RUNS, BATCH, kill);
      case HALF_WRITTEN ->
          beforeSecondPartition =
              () -> {
                beforeSecondPartition = () -> {}; // that of the next driver writes at once
                await(firstPartitions);
                kill.run();
              };
      case WRITTEN -> runner.at(Point.BATCH_DONE, BATCH, kill);
      case DONE -> runner.at(Point.COMPLETION_CHECKPOINT, BATCH, kill);
    }
    for (int batch = 1; batch < BATCH - 1; batch++) {
      produce.run();
      runner.run(1);
    }
    produce.run();
    runner.generate(1);
    if (place == Place.WAITS) {
      runner.awaitHeld(Point.JOB_RUNS, BATCH - 1);
    } else {
      runner.finish();
    }
    produce.run();
    if (place != Place.NOT_THERE) {
      runner.generate(1);
    }
    if (place.compareTo(Place.RUNS) >= 0) {
      runner.finish();
    }
    if (left.get() == null) {
      kill.run();
    }
    return left.get();
  }

  private static boolean hasRange(CrashImage left) throws IOException {
    try (Stream<Path> files = Files.walk(left.files())) {
      return files.anyMatch(file -> file.endsWith("offsets-0/" + BATCH_TIME));
    }
  }

  private void produce(KafkaBroker kafka, KafkaTopic topic) {
    kafka.write(topic.name(), PARTITIONS, produced, produced + NEWS);
    produced += NEWS;
  }

  private BatchRunner running(KafkaTopic topic) {
    String url = books.sink().url();
    return BatchRunner.of(
            (context, output) -> {
              context.sparkContext().addSparkListener(countingFirstPartitions());
              output.collect(
                  new DirectPageViewsDStream(context, topic, MOST_IN_A_BATCH, PAGES)
                      .asJava()
                      .mapToPair(page -> new Tuple2<>(page, 1L))
                      .reduceByKey(Long::sum, PARTITIONS)
                      .transform((views, time) -> writing(url, views, time.milliseconds()))
                      .dstream());
            })
        .withOutside(books)
        .withCheckpoint();
  }

  private SparkListener countingFirstPartitions() {
    return new SparkListener() {
      @Override
      public void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.taskType().equals("ResultTask") && end.taskInfo().partitionId() == 0) {
          firstPartitions.countDown();
        }
      }
    };
  }

  /** Each partition of the result says what the sink has done with that of the views. */
  private static JavaRDD<String> writing(
      String url, JavaPairRDD<Long, Long> views, long batchTime) {
    return views.mapPartitions(
        pages -> {
          if (batchTime == BATCH_TIME && TaskContext.getPartitionId() == 1) {
            beforeSecondPartition.run();
          }
          List<Tuple2<Long, Long>> all = new ArrayList<>();
          pages.forEachRemaining(all::add);
          long count = all.stream().mapToLong(Tuple2::_2).sum();
          return JdbcSink.writeOrRetry(url, batchTime, TaskContext.getPartitionId(), all.iterator())
              ? List.of(WROTE + count).iterator()
              : List.of("had it").iterator();
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
