package countingstreams.lesson04.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson04.OffsetRange;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Point;
import countingstreams.testkit.Transcript;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "4.4",
    title = "Replay from Kafka",
    task = "Give each batch a range of offsets that stays the same, and read exactly that.",
    solves = ReplayFromKafka.class,
    todos = 2,
    page = "lesson-04-recovery",
    hints = {
      "Kafka keeps what was read, so a batch can read it again, if someone knows what it was. When"
          + " must that be written down: before its tasks read, or after? And where does the batch after"
          + " it begin?",
      "Kafka has endOffsets and beginningOffsets. To read: assign the partition, seek to the first"
          + " offset, and poll. A poll can come back with nothing though there is something, and with"
          + " more than you want. An end offset is the one after the last record.",
      "rangeOf: log.get(time); if null, from log.last().until(), or beginningOffsets if that is null,"
          + " to endOffsets; log.put before you return. read: while (consumer.position(partition) <"
          + " range.until()) take from poll(…) the records whose offset is less than range.until()."
    })
class ReplayFromKafkaTest {

  private static final TopicPartition PARTITION = new TopicPartition("numbers", 0);
  private static final int AT_A_TIME = 4;

  /** What Kafka has: the number at an offset is ten times the offset. */
  private static volatile long first;

  private static volatile long end;
  private static final AtomicInteger OPEN = new AtomicInteger();
  private static final TreeMap<Long, OffsetRange> LOG = new TreeMap<>();

  @BeforeEach
  void forget() {
    first = 0;
    end = 0;
    OPEN.set(0);
    LOG.clear();
  }

  @Test
  void readsWhatHasCome() {
    running(
        runner -> {
          end = 10;
          runner.run(1);
          end = 13;
          runner.run(2);
          end = 22;
          runner.run(1);
          Transcript.assertMatches("replay-from-kafka", runner.lines());
        });
  }

  @Test
  void beginsWithTheFirstThatIsThere() {
    running(
        runner -> {
          first = 5;
          end = 8;
          String what =
              "Kafka has offsets 5, 6 and 7: older ones were deleted, as Kafka does in time.";
          assertThat(catchThrowable(() -> runner.run(2)))
              .as("%s The first run says", what)
              .isNull();
          assertMatches("replay-from-kafka-from-5", runner.lines(), what);
        });
  }

  @Test
  void readsWhatWasThereWhenTheBatchWasGenerated() {
    running(
        runner -> {
          end = 3;
          runner.at(Point.JOB_RUNS, 1, () -> end = 7);
          runner.run(2);
          assertMatches(
              "replay-from-kafka-later",
              runner.lines(),
              "Offsets 3 to 6 came when batch 1 had been generated and was about to run.");
        });
  }

  @Test
  void goesOnFromWhatIsQueued() {
    running(
        runner -> {
          runner.hold(Point.JOB_RUNS, 1);
          end = 3;
          runner.generate(1).awaitHeld(Point.JOB_RUNS, 1);
          end = 5;
          runner.generate(1).awaitCheckpoint().release(Point.JOB_RUNS, 1).finish();
          assertMatches(
              "replay-from-kafka-queued",
              runner.lines(),
              "Batch 2 was generated before the job of batch 1 had begun: it begins where batch 1"
                  + " will end.");
        });
  }

  @Test
  void goesOnAfterACrash() {
    running(
        runner -> {
          end = 3;
          runner.run(1);
          end = 5;
          runner.run(1).crash();
          end = 9;
          runner.recover(1);
          end = 11;
          runner.run(1);
          assertMatches(
              "replay-from-kafka-crash",
              runner.lines(),
              "The driver was killed after batch 2, and then more came. The one after it ran batch 2"
                  + " again, then 3 and 4.");
        });
  }

  @Test
  void killedBeforeTheCheckpointKnows() {
    AtomicReference<CrashImage> left = new AtomicReference<>();
    AtomicBoolean holding = new AtomicBoolean();
    CountDownLatch put = new CountDownLatch(1);
    BatchRunner run =
        stream()
            .watchingFiles(
                change -> {
                  if (holding.get() && change.matches(".*(checkpoint-|temp).*")) {
                    await(put); // the disk is slow
                  }
                });
    running(
        run,
        runner -> {
          end = 3;
          runner.run(2);
          end = 5;
          holding.set(true);
          runner.at(
              Point.AFTER_OUTPUT,
              3,
              () -> {
                if (holding.getAndSet(false)) {
                  left.set(runner.image());
                  put.countDown();
                }
              });
          runner.run(1);
          end = 9;
          try (CrashImage image = left.get()) {
            runner.restart(image, 1);
          }
          assertMatches(
              "replay-from-kafka-hole",
              runner.lines().stream().sorted().distinct().toList(),
              "Batch 3 was generated, and has put out what it read. The driver was killed before a"
                  + " checkpoint with batch 3 was on disk, and then more came. The next driver runs"
                  + " batch 3 too: it has no other way to know what was read than what was written"
                  + " down before the job began.");
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void kafkaHasForgottenSome() {
    running(
        runner -> {
          end = 6;
          runner.run(1);
          end = 12;
          first = 8;
          Throwable thrown = catchThrowable(() -> runner.run(1));
          assertThat(thrown)
              .as(
                  "What the run says of batch 2, which has to begin with offset 6, and Kafka has 8 and"
                      + " later ones. What came out of batch 2: %s. Records that are lost, or another"
                      + " range, and nobody hears of it",
                  runner.lines().stream().skip(1).toList())
              .isNotNull();
        });
  }

  @Test
  void closesItsConsumers() {
    running(
        runner -> {
          end = 6;
          runner.run(10);
          assertThat(OPEN.get())
              .as("Consumers that are open after ten batches: each is a connection and a buffer")
              .isLessThanOrEqualTo(2);
        });
  }

  private static void running(Consumer<BatchRunner> test) {
    running(stream(), test);
  }

  private static void running(BatchRunner run, Consumer<BatchRunner> test) {
    try (run) {
      test.accept(run.start());
    } catch (Exception e) {
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  private static BatchRunner stream() {
    return BatchRunner.of(
            (context, output) ->
                output.collect(
                    new ReplayFromKafka(context, Topic::new, PARTITION.topic(), new Files())))
        .withOutside(new Outside())
        .withCheckpoint();
  }

  private static void assertMatches(String name, List<String> lines, String what) {
    try {
      Transcript.assertMatches(name, lines);
    } catch (AssertionError e) {
      throw new AssertionError(what + "\n\n" + e.getMessage(), e);
    }
  }

  /** A consumer of a Kafka that is in this JVM. It gives a few records at a time, or none. */
  private static final class Topic extends MockConsumer<byte[], Long> {

    private int polls;

    Topic() {
      super("none");
      OPEN.incrementAndGet();
      setMaxPollRecords(AT_A_TIME);
      updateOffsets();
    }

    private void updateOffsets() {
      updateBeginningOffsets(Map.of(PARTITION, first));
      updateEndOffsets(Map.of(PARTITION, end));
    }

    @Override
    public synchronized void assign(Collection<TopicPartition> partitions) {
      super.assign(partitions);
      for (long offset = first; offset < end; offset++) {
        addRecord(
            new ConsumerRecord<>(
                PARTITION.topic(), PARTITION.partition(), offset, null, 10 * offset));
      }
      updateOffsets();
    }

    @Override
    public synchronized ConsumerRecords<byte[], Long> poll(Duration timeout) {
      return ++polls % 2 == 1 ? ConsumerRecords.empty() : super.poll(timeout);
    }

    @Override
    public void close() {
      super.close();
      OPEN.decrementAndGet();
    }
  }

  /** The log, as files would be. */
  private static final class Files implements ReplayFromKafka.Log {

    private static final long serialVersionUID = 1L;

    @Override
    public OffsetRange get(long batchTime) {
      return LOG.get(batchTime);
    }

    @Override
    public OffsetRange last() {
      return LOG.isEmpty() ? null : LOG.lastEntry().getValue();
    }

    @Override
    public void put(long batchTime, OffsetRange range) {
      LOG.put(batchTime, range);
    }
  }

  private static final class Outside implements BatchRunner.Outside {

    @Override
    public String save() {
      return LOG.entrySet().stream()
          .map(e -> e.getKey() + " " + e.getValue().from() + " " + e.getValue().until())
          .collect(Collectors.joining("\n"));
    }

    @Override
    public void load(String saved) {
      LOG.clear();
      saved
          .lines()
          .map(line -> line.split(" "))
          .forEach(
              entry ->
                  LOG.put(
                      Long.valueOf(entry[0]),
                      new OffsetRange(0, Long.parseLong(entry[1]), Long.parseLong(entry[2]))));
    }
  }
}
