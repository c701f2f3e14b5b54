package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Crashes;
import countingstreams.testkit.Crashes.Shot;
import countingstreams.testkit.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

class DirectPageViewsDStreamTest {

  private static final int PAGES = 50;
  private static final int PARTITIONS = 3;
  private static final int AT_MOST = 30;

  private static KafkaBroker kafka;

  private final Books books = Books.inMemory();
  private String topic;

  @BeforeAll
  static void startKafka() {
    kafka = KafkaBroker.start();
  }

  @AfterAll
  static void stopKafka() {
    kafka.close();
  }

  @BeforeEach
  void createTopic(TestInfo test) {
    topic = test.getTestMethod().orElseThrow().getName();
    kafka.create(topic, PARTITIONS);
  }

  // #region reads
  @Test
  @DisplayName(
      "Each batch gets what has come since the one before, from each of Kafka's partitions")
  void reads() {
    try (BatchRunner runner = running().start()) {
      produce(0, 20);
      runner.run(1);
      produce(20, 26);
      runner.run(2);
      assertThat(sizes(runner)).containsExactly(20, 6, 0);
      books.assertBalanced(26, PAGES);
    }
  }

  // #endregion reads

  // #region cap
  @Test
  @DisplayName("After a long down time no batch gets more than the most it can get")
  void cap() {
    try (BatchRunner runner = running().start()) {
      produce(0, 30);
      runner.run(1).crash();
      produce(30, 130);
      runner.recover(5);
      assertThat(sizes(runner)).containsExactly(30, 30, 30, 30, 10, 0);
      books.assertBalanced(130, PAGES);
    }
  }

  // #endregion cap

  // #region hole
  @Test
  @DisplayName(
      "Written to the database, then killed before any checkpoint knows of the batch: the same"
          + " range again, though more has come")
  void beforeTheCheckpoint() {
    AtomicReference<CrashImage> left = new AtomicReference<>();
    CountDownLatch written = new CountDownLatch(1);
    AtomicBoolean holding = new AtomicBoolean();
    BatchRunner runner = running().withOutside(books);
    runner.watchingFiles(
        change -> {
          if (holding.get() && change.matches(".*(checkpoint-|temp).*")) {
            await(written);
          }
        });
    try (runner) {
      runner.start();
      produce(0, 10);
      runner.run(2);
      holding.set(true);
      produce(10, 20);
      runner.at(
          Point.JOB_RUNS,
          3,
          () -> {
            left.set(runner.image());
            holding.set(false);
            written.countDown();
          });
      runner.run(1);
      produce(20, 30);
      try (CrashImage image = left.get()) {
        assertThat(image.outside()).contains("insert into batches values (3000, 0)");
        assertThat(image.files().resolve("checkpoint-3000")).doesNotExist();
        runner.restart(image, 1).run(1);
      }
      books.assertBalanced(30, PAGES);
    }
  }

  // #endregion hole

  // #region before-the-first-checkpoint
  @Test
  @DisplayName(
      "A driver that died before its first checkpoint has left ranges: the next one begins again,"
          + " and does not go on after them")
  void beforeTheFirstCheckpoint() throws IOException {
    produce(0, 20);
    try (BatchRunner runner = running()) {
      new OffsetLog(runner.checkpointDirectory() + "/offsets-0", SparkHadoopUtil.get().conf())
          .write(500, List.of(new OffsetRange(0, 0, 7), new OffsetRange(1, 0, 7)));
      runner.start().run(1);
      produce(20, 26);
      runner.run(1);
      assertThat(sizes(runner)).containsExactly(20, 6);
      books.assertBalanced(26, PAGES);
    }
  }

  // #endregion before-the-first-checkpoint

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // #region crashes
  @Test
  @DisplayName("A crash at any point, batches queued, some down time: the books balance")
  void crashes() {
    crash(shot -> !shot.amongFiles() && !shot.catchingUp());
  }

  private void crash(Predicate<Shot> some) {
    produce(0, 100);
    try (BatchRunner runner = running().withOutside(books);
        Crashes crashes = Crashes.of(runner, 3, 2, 2)) {
      for (Shot shot : crashes.shots().stream().filter(some).toList()) {
        runner.restart(shot.left(), 2).run(3);
        assertThat(books.totals()).as(shot.point()).isEqualTo(Books.expected(100, PAGES));
      }
    }
  }

  // #endregion crashes

  @Test
  @Tag("course-check")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  @DisplayName("Between any two changes to a file, too, and while a driver catches up")
  void allCrashes() {
    crash(shot -> true);
  }

  // #region no-range
  @Test
  @DisplayName(
      "A batch that got no range, because Kafka was away, and the next one did: nothing twice")
  void noRange() throws IOException {
    try (BatchRunner runner = running().start()) {
      produce(0, 10);
      runner.run(1);
      produce(10, 20);
      runner.run(1).crash();
      produce(20, 30);
      new OffsetLog(log(runner).toUri().toString(), SparkHadoopUtil.get().conf())
          .write(
              4000,
              List.of(
                  new OffsetRange(0, 7, 10), new OffsetRange(1, 7, 10), new OffsetRange(2, 6, 10)));
      runner.recover(2);
      assertThat(sizes(runner)).containsExactly(10, 10, 0, 10);
      books.assertBalanced(30, PAGES);
    }
  }

  // #endregion no-range

  // #region more-partitions
  @Test
  @DisplayName(
      "The topic gets another partition: the next driver reads it from its first record on")
  void morePartitions() {
    try (BatchRunner runner = running().start()) {
      produce(0, 30);
      runner.run(1).crash();
      kafka.grow(topic, PARTITIONS + 1);
      kafka.write(topic, PARTITIONS + 1, 30, 50);
      runner.recover(1); // or else within five minutes: so long a consumer believes what it knows
      books.assertBalanced(50, PAGES);
    }
  }

  // #endregion more-partitions

  // #region broker
  @Test
  @DisplayName("The broker is killed, and comes back while a batch asks for it: the stream goes on")
  void brokerKilled() {
    try (BatchRunner runner = running().start()) {
      produce(0, 20);
      runner.run(1);
      kafka.kill();
      CompletableFuture<?> back = CompletableFuture.runAsync(kafka::run);
      runner.run(1);
      back.join();
      produce(20, 40);
      runner.run(1);
      assertThat(sizes(runner)).containsExactly(20, 0, 20);
      books.assertBalanced(40, PAGES);
    }
  }

  // #endregion broker

  // #region lost
  @Test
  @DisplayName("Records that Kafka has deleted before they were read: an error, and no jump")
  void lost() {
    produce(0, 30);
    try (BatchRunner runner = running().start()) {
      runner.run(1);
      produce(30, 60);
      kafka.forget(topic, 1, 12);
      assertThatThrownBy(() -> runner.run(1))
          .hasStackTraceContaining(
              "Offset 10 of lost-1 is gone: Kafka has 12 and later ones (retention)");
      books.assertBalanced(30, PAGES);
    }
  }

  @Test
  @DisplayName("The same of a batch that has its range, and runs again")
  void lostBeforeItRunsAgain() {
    produce(0, 30);
    try (BatchRunner runner = running().start()) {
      runner.run(1).crash();
      kafka.forget(topic, 2, 4);
      assertThatThrownBy(() -> runner.recover(0))
          .hasStackTraceContaining("Offset 0 of lostBeforeItRunsAgain-2 is gone");
    }
  }

  @Test
  @DisplayName("A topic that was deleted and made again: an error, and no start from 0")
  void anotherTopic() {
    produce(0, 30);
    try (BatchRunner runner = running().start()) {
      runner.run(1);
      kafka.delete(topic);
      kafka.create(topic, PARTITIONS);
      assertThatThrownBy(() -> runner.run(1))
          .hasStackTraceContaining("Was the topic deleted and made again?");
    }
  }

  @Test
  @DisplayName("Made again with fewer partitions: an error, and nothing is left out")
  void fewerPartitions() {
    produce(0, 30);
    try (BatchRunner runner = running().start()) {
      runner.run(1).crash();
      kafka.delete(topic);
      kafka.create(topic, PARTITIONS - 1);
      kafka.write(topic, PARTITIONS - 1, 0, 60);
      assertThatThrownBy(() -> runner.recover(1))
          .hasStackTraceContaining("fewerPartitions-2 is not there any more.");
    }
  }

  // #endregion lost

  @Test
  @DisplayName("A log that is gone: an error that says so, and no start from 0")
  void logGone() throws IOException {
    produce(0, 60);
    try (BatchRunner runner = running().start()) {
      runner.run(2).crash();
      FileUtils.deleteDirectory(log(runner).toFile());
      assertThatThrownBy(() -> runner.recover(1))
          .hasStackTraceContaining("nobody knows where it was in the topic");
    }
  }

  @Test
  @DisplayName("The log has no more files than a driver could ask for")
  void bounded() throws IOException {
    produce(0, 60);
    try (BatchRunner runner = running().start()) {
      runner.run(30);
      try (Stream<Path> files = Files.list(log(runner))) {
        assertThat(files.filter(file -> !file.toString().endsWith(".crc")).count())
            .isBetween(5L, 12L);
      }
    }
  }

  private static Path log(BatchRunner runner) throws IOException {
    try (Stream<Path> folders = Files.list(runner.checkpointDirectory())) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith("offsets-"))
          .findFirst()
          .orElseThrow();
    }
  }

  private void produce(long from, long until) {
    kafka.write(topic, PARTITIONS, from, until);
  }

  private static List<Integer> sizes(BatchRunner runner) {
    return runner.batches().stream()
        .collect(
            Collectors.toMap(
                Batch::number,
                batch -> batch.elements().size(),
                (one, other) -> other,
                TreeMap::new))
        .values()
        .stream()
        .toList();
  }

  private BatchRunner running() {
    KafkaTopic from = Topics.topic(kafka, topic);
    JdbcSink sink = books.sink();
    return BatchRunner.of(
            (context, output) -> {
              DirectPageViewsDStream views =
                  new DirectPageViewsDStream(context, from, AT_MOST, PAGES);
              JdbcSinkTest.write(views, sink);
              output.collect(views);
            })
        .withCheckpoint();
  }
}
