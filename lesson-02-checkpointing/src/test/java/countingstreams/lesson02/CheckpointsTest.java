package countingstreams.lesson02;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Point;
import java.io.IOException;
import java.io.NotSerializableException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkException;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.reflect.ClassTag$;

/** Proves what the page of lesson 2 says of Spark's checkpoints. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class CheckpointsTest {

  /** What was called, in order. A graph that comes from a checkpoint is a copy: hence static. */
  private static final List<String> CALLS = Collections.synchronizedList(new ArrayList<>());

  /** How many numbers have arrived at a source that does not give as many in each batch. */
  private static final AtomicLong ARRIVED = new AtomicLong();

  @BeforeEach
  void forgetCalls() {
    CALLS.clear();
  }

  @Nested
  @DisplayName("The files")
  class TheFiles {

    // #region contents
    @Test
    @DisplayName(
        "In one: the graph of streams, the batches that are pending, the conf, the interval")
    void contents() throws IOException {
      try (BatchRunner runner = counting().with("spark.countingstreams.mine", "42").start()) {
        runner.hold(Point.JOB_RUNS, 3).run(2).generate(3).awaitCheckpoint();
        Checkpoint checkpoint = runner.readCheckpoint("checkpoint-5000");
        assertThat(checkpoint.checkpointTime()).isEqualTo(new Time(5000));
        assertThat(checkpoint.pendingTimes())
            .containsExactlyInAnyOrder(new Time(3000), new Time(4000), new Time(5000));
        assertThat(checkpoint.graph().getInputStreams())
            .singleElement()
            .isInstanceOf(CheckpointedCountingDStream.class);
        assertThat(checkpoint.graph().batchDuration()).isEqualTo(Durations.seconds(1));
        assertThat(checkpoint.createSparkConf().get("spark.countingstreams.mine")).isEqualTo("42");
      }
    }

    // #endregion contents

    // #region twice-a-batch
    @Test
    @DisplayName("One is written when a batch is generated, and one when it is done")
    void twiceABatch() {
      List<String> changes = Collections.synchronizedList(new ArrayList<>());
      try (BatchRunner runner = counting().watchingFiles(changes::add).start()) {
        runner.run(2);
        assertThat(changes.stream().filter(change -> change.matches(".*\\.bk|rename temp .*")))
            .containsExactly(
                "rename temp to checkpoint-1000",
                "rename checkpoint-1000 to checkpoint-1000.bk",
                "rename temp to checkpoint-1000",
                "rename temp to checkpoint-2000",
                "rename checkpoint-2000 to checkpoint-2000.bk",
                "rename temp to checkpoint-2000");
      }
    }

    // #endregion twice-a-batch

    // #region ten-are-kept
    @Test
    @DisplayName("Ten files are kept: if batches don't queue, those of the last five")
    void tenAreKept() {
      try (BatchRunner runner = counting().start()) {
        runner.run(8);
        assertThat(runner.checkpointFiles())
            .as("in the order in which Spark tries them")
            .containsExactly(
                "checkpoint-8000", "checkpoint-8000.bk",
                "checkpoint-7000", "checkpoint-7000.bk",
                "checkpoint-6000", "checkpoint-6000.bk",
                "checkpoint-5000", "checkpoint-5000.bk",
                "checkpoint-4000", "checkpoint-4000.bk");
      }
    }

    // #endregion ten-are-kept

    // #region named-after-the-latest
    @Test
    @DisplayName(
        "The file has the name of the latest batch time, the checkpoint in it maybe an older")
    void namedAfterTheLatest() throws IOException {
      try (BatchRunner runner = counting().start()) {
        runner.hold(Point.JOB_RUNS, 1).hold(Point.JOB_RUNS, 2);
        runner.generate(5).awaitCheckpoint().release(Point.JOB_RUNS, 1);
        runner.finish(1);
        Checkpoint done = runner.readCheckpoint("checkpoint-5000");
        Checkpoint generated = runner.readCheckpoint("checkpoint-5000.bk");
        assertThat(done.checkpointTime()).isEqualTo(new Time(1000));
        assertThat(generated.checkpointTime()).isEqualTo(new Time(5000));
      }
    }

    // #endregion named-after-the-latest

    // #region output-comes-first
    @Test
    @DisplayName("A batch's job does not wait for the checkpoint: its output can be there before")
    void outputComesFirst() {
      try (BatchRunner runner = counting()) {
        runner.watchingFiles(
            change -> {
              if (change.equals("rename temp to checkpoint-2000")) {
                runner.gate("disk").pass();
              }
            });
        runner.start().run(1).generate(1).awaitCollected(2);
        assertThat(runner.checkpointFiles()).startsWith("checkpoint-1000");
        runner.gate("disk").open(2);
        runner.finish();
        assertThat(runner.checkpointFiles()).startsWith("checkpoint-2000");
      }
    }

    // #endregion output-comes-first
  }

  @Nested
  @DisplayName("What runs again")
  class RunsAgain {

    // #region pending-and-after
    @Test
    @DisplayName("The batches that were pending, and each from the checkpoint's own to the restart")
    void pendingAndAfter() {
      try (BatchRunner runner = counting().start()) {
        runner.hold(Point.JOB_RUNS, 3).run(2).generate(3).crash();
        runner.recover(2);
        assertThat(numbers(runner)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
      }
    }

    // #endregion pending-and-after

    // #region graceful-stop
    @Test
    @DisplayName("After a graceful stop nothing is pending: the last batch runs again all the same")
    void afterAGracefulStop() {
      try (BatchRunner runner = counting().start()) {
        runner.run(2).stopGracefully();
        List<Long> before = numbers(runner);
        long last = before.get(before.size() - 1);
        runner.recover(1);
        assertThat(numbers(runner).subList(before.size(), before.size() + 2))
            .containsExactly(last, last + 1);
      }
    }

    // #endregion graceful-stop

    // #region recovery-says-so
    @Test
    @DisplayName("Recovery says beforehand what that will be")
    void recoverySaysSo() {
      List<Recovery> said = new ArrayList<>();
      try (BatchRunner runner =
          BatchRunner.opening(
                  (spark, directory, output) -> {
                    StreamingContext context =
                        StreamingContext.getOrCreate(
                            directory,
                            () -> created(spark.sc(), directory, output),
                            spark.hadoopConfiguration(),
                            false);
                    if (context.isCheckpointPresent()) {
                      said.add(Recovery.of(context, 7000));
                    }
                    return context;
                  })
              .start()) {
        runner.hold(Point.JOB_RUNS, 3).run(2).generate(3).crash();
        runner.recover(2);
        assertThat(said).containsExactly(new Recovery(5, List.of(3L, 4L, 5L), List.of(6L, 7L)));
        assertThat(said.get(0))
            .hasToString(
                "the checkpoint of batch 5. Runs again: batches 3 to 5. Of the down time: batches 6 to 7.");
        assertThat(numbers(runner)).endsWith(3L, 4L, 5L, 6L, 7L);
      }
    }

    // #endregion recovery-says-so

    // #region start-is-not-called
    @Test
    @DisplayName("An input stream's start() is not called after a recovery; stop() is")
    void startIsNotCalled() {
      try (BatchRunner runner =
          BatchRunner.of((context, output) -> output.collect(new Observed(context)))
              .withCheckpoint()
              .start()) {
        runner.run(1);
        assertThat(CALLS).contains("start");
        try (CrashImage image = runner.image()) {
          runner.restart(image, 0);
          CALLS.clear();
          runner.restart(image, 1).run(1).close();
        }
        assertThat(CALLS).doesNotContain("start").contains("stop");
      }
    }
    // #endregion start-is-not-called
  }

  // #region update-cleanup-restore
  @Test
  @DisplayName(
      "The engine calls update before each checkpoint, cleanup once a batch's completion is"
          + " on disk, and restore after a restart")
  void updateCleanupRestore() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Observed(context)))
            .withCheckpoint()
            .start()) {
      runner.run(2);
      assertThat(CALLS)
          .containsExactly(
              "start",
              "update 1000", // generated
              "update 1000", // done
              "cleanup 1000",
              "update 2000",
              "update 2000",
              "cleanup 2000");
      runner.crash();
      CALLS.clear();
      runner.recover(0);
      assertThat(CALLS)
          .as("no checkpoint when the batch of a restart is generated: only once it is done")
          .containsExactly("restore", "update 2000", "cleanup 2000");
    }
  }

  // #endregion update-cleanup-restore

  @Nested
  @DisplayName("Damaged files")
  class Damaged {

    // #region fallback
    @Test
    @DisplayName("The newest that can be read is used: the file, its .bk, then the next older one")
    void fallback() throws IOException {
      try (BatchRunner runner = counting().start()) {
        runner.run(4);
        try (CrashImage image = runner.image()) {
          List<String> files = runner.checkpointFiles();
          assertThat(files).startsWith("checkpoint-4000", "checkpoint-4000.bk", "checkpoint-3000");
          for (int damaged = 0; damaged < files.size(); damaged++) {
            runner.restart(image, 0);
            assertThat(numbers(runner).subList(4, numbers(runner).size()))
                .as("what runs again with %d files truncated", damaged)
                .isEqualTo(List.of(1L, 2L, 3L, 4L).subList(3 - damaged / 2, 4));
            truncate(image.files().resolve(files.get(damaged)));
          }
          assertThatThrownBy(() -> runner.restart(image, 0))
              .isInstanceOf(SparkException.class)
              .hasMessageContaining("Failed to read checkpoint from directory");
        }
      }
    }

    // #endregion fallback

    // #region create-on-error
    @Test
    @DisplayName("With createOnError it starts from zero, and says nothing")
    void createOnError() throws IOException {
      try (BatchRunner runner =
          BatchRunner.opening(
                  (spark, directory, output) ->
                      StreamingContext.getOrCreate(
                          directory,
                          () -> created(spark.sc(), directory, output),
                          spark.hadoopConfiguration(),
                          true))
              .start()) {
        runner.run(2);
        try (CrashImage image = runner.image()) {
          for (String file : runner.checkpointFiles()) {
            truncate(image.files().resolve(file));
          }
          runner.restart(image, 0).run(1);
        }
        assertThat(runner.lines())
            .containsExactly(
                "batch 1 | partition 0 | 0 1 2 3 4",
                "batch 2 | partition 0 | 5 6 7 8 9",
                "batch 1 | partition 0 | 0 1 2 3 4");
      }
    }

    // #endregion create-on-error

    private void truncate(Path file) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    }
  }

  @Nested
  @DisplayName("What does not come back")
  class DoesNotComeBack {

    // #region not-serializable
    @ParameterizedTest
    @ValueSource(strings = {"an object to lock", "a comparator that is a lambda", "a thread"})
    @DisplayName("A field that can't be serialized: the context does not start")
    void notSerializable(String field) {
      BatchRunner runner =
          BatchRunner.of((context, output) -> output.collect(new Holding(context, thing(field))))
              .withCheckpoint();
      if (Runtime.version().feature() < 24) {
        assertThatThrownBy(runner::start)
            .isInstanceOf(NotSerializableException.class)
            .hasMessageContaining("DStreams with their functions are not serializable")
            .hasMessageContaining("Holding");
      } else { // What Spark 4.1.0 finds out the field with needs a class that Java has no more.
        assertThatThrownBy(runner::start).isInstanceOf(LinkageError.class);
      }
    }

    private Object thing(String name) {
      return switch (name) {
        case "an object to lock" -> new Object();
        case "a thread" -> Thread.currentThread();
        default -> new TreeMap<Long, Long>((a, b) -> Long.compare(b, a));
      };
    }

    // #endregion not-serializable

    // #region not-initialized
    @Test
    @DisplayName(
        "A stream added to a context that comes from a checkpoint has no zero time: it fails")
    void addedAfterwards() {
      try (BatchRunner runner =
          BatchRunner.opening(
                  (spark, directory, output) -> {
                    StreamingContext context =
                        StreamingContext.getOrCreate(
                            directory,
                            () -> {
                              StreamingContext created =
                                  new StreamingContext(spark.sc(), Durations.seconds(1));
                              created.checkpoint(directory);
                              return created;
                            },
                            spark.hadoopConfiguration(),
                            false);
                    output.collect(new CheckpointedCountingDStream(context, 5, 1));
                    return context;
                  })
              .start()) {
        runner.run(1).crash();
        assertThatThrownBy(() -> runner.recover(0))
            .isInstanceOf(SparkException.class)
            .hasMessageContaining("has not been initialized");
      }
    }

    // #endregion not-initialized

    // #region moved
    @Test
    @DisplayName("A directory that was moved: the context goes on writing to the old place")
    void movedDirectory() throws IOException {
      Path moved = Files.createTempDirectory("moved-");
      try (BatchRunner runner = counting().start()) {
        runner.run(1);
        try (CrashImage image = runner.image()) {
          org.apache.commons.io.FileUtils.copyDirectory(image.files().toFile(), moved.toFile());
        }
        Path old = runner.checkpointDirectory();
        StreamingContext context =
            new StreamingContext(moved.toUri().toString(), runner.context().sparkContext());
        assertThat(URI.create(context.checkpointDir()).getPath()).isEqualTo(old.toString());
      } finally {
        org.apache.commons.io.FileUtils.deleteDirectory(moved.toFile());
      }
    }
    // #endregion moved
  }

  // #region uneven-source
  @Test
  @DisplayName(
      "A range that depends on the moment it was asked for is lost with a checkpoint that"
          + " was not yet on disk, though the batch was put out")
  void unevenSource() throws Exception {
    ARRIVED.set(0);
    CompletableFuture<CrashImage> atTheLastMoment = new CompletableFuture<>();
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new Uneven(context))).withCheckpoint()) {
      runner.watchingFiles(
          change -> {
            if (change.equals("rename temp to checkpoint-2000") && !atTheLastMoment.isDone()) {
              runner.awaitCollected(2);
              atTheLastMoment.complete(runner.image());
            }
          });
      runner.start();
      ARRIVED.set(3);
      runner.run(1);
      ARRIVED.set(5);
      runner.run(1);
      ARRIVED.set(9);
      try (CrashImage image = atTheLastMoment.get(60, SECONDS)) {
        runner.restart(image, 0);
      }
      assertThat(runner.batches())
          .contains(
              new Batch(2, List.of(List.of(3L, 4L))),
              new Batch(2, List.of(List.of(3L, 4L, 5L, 6L, 7L, 8L))));
    }
  }

  // #endregion uneven-source

  private static BatchRunner counting() {
    return BatchRunner.of(
            (context, output) -> output.collect(new CheckpointedCountingDStream(context, 5, 1)))
        .withCheckpoint();
  }

  private static StreamingContext created(
      org.apache.spark.SparkContext spark,
      String directory,
      countingstreams.testkit.Output output) {
    StreamingContext context = new StreamingContext(spark, Durations.seconds(1));
    context.checkpoint(directory);
    output.collect(new CheckpointedCountingDStream(context, 5, 1));
    return context;
  }

  private static List<Long> numbers(BatchRunner runner) {
    return runner.batches().stream().map(Batch::number).toList();
  }

  /** Says what the engine calls. */
  private static final class Observed extends CountingDStream {

    private static final long serialVersionUID = 1L;

    private final DStreamCheckpointData<Long> data =
        new DStreamCheckpointData<>(this, ClassTag$.MODULE$.apply(Long.class)) {

          private static final long serialVersionUID = 1L;

          @Override
          public void update(Time time) {
            CALLS.add("update " + time.milliseconds());
          }

          @Override
          public void cleanup(Time time) {
            CALLS.add("cleanup " + time.milliseconds());
          }

          @Override
          public void restore() {
            CALLS.add("restore");
          }
        };

    Observed(StreamingContext context) {
      super(context, 1, 1);
    }

    @Override
    public DStreamCheckpointData<Long> checkpointData() {
      return data;
    }

    @Override
    public void start() {
      CALLS.add("start");
    }

    @Override
    public void stop() {
      CALLS.add("stop");
    }
  }

  /** Has a field. */
  private static final class Holding extends CountingDStream {

    private static final long serialVersionUID = 1L;

    private final Object thing;

    Holding(StreamingContext context, Object thing) {
      super(context, 1, 1);
      this.thing = thing;
    }

    @Override
    protected NumberRange rangeOf(Time batchTime) {
      CALLS.add(String.valueOf(thing));
      return super.rangeOf(batchTime);
    }
  }

  // #region uneven
  /** Gives what has arrived since the batch before, as Kafka's direct stream does. */
  private static final class Uneven extends CheckpointedCountingDStream {

    private static final long serialVersionUID = 1L;

    private final TreeMap<Long, NumberRange> record = new TreeMap<>();

    Uneven(StreamingContext context) {
      super(context, 0, 1);
    }

    @Override
    protected NumberRange rangeOf(Time batchTime) {
      long from = record.isEmpty() ? 0 : record.lastEntry().getValue().until();
      return record.computeIfAbsent(
          batchTime.milliseconds(), time -> new NumberRange(from, ARRIVED.get()));
    }
  }
  // #endregion uneven
}
