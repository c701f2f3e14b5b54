package countingstreams.lesson05.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Output;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.streaming.StreamingContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.reflect.ClassTag$;

@Exercise(
    id = "5.3",
    title = "Checkpoint without computing twice",
    task =
        "Write an RDD to the checkpoint directory, compute it once, and leave nothing in memory.",
    solves = CheckpointOnce.class,
    page = "lesson-05-caching",
    hints = {
      "checkpoint() only marks an RDD. When does Spark look at the mark, and what does the job do that"
          + " writes the files?",
      "At the end of the first job on the RDD a second job writes it, and computes it for that, unless"
          + " its elements are still somewhere: in memory, or on a disk if they do not fit. Nobody but"
          + " you lets go of an RDD that no stream has returned, also when an output throws.",
      "batch.persist(StorageLevel.MEMORY_AND_DISK()), batch.checkpoint(), and then, in a try with"
          + " batch.unpersist() in its finally, a job for the case that no output runs one, such as"
          + " batch.count(), and the outputs."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class CheckpointOnceTest {

  private static final int NUMBERS = 4;
  private static final int PARTITIONS = 2;
  private static final int BATCHES = 5;
  private static final int FAILS = 2;
  private static final int MEGABYTES = 8;

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicInteger COMPUTED = new AtomicInteger();

  /** What the outputs of each batch have seen, in the order in which they ran. */
  private static final List<String> OUTPUTS = new CopyOnWriteArrayList<>();

  /** What is true of each batch after its outputs. */
  private static final List<Written> WRITTEN = new CopyOnWriteArrayList<>();

  /** Holds what is persisted: what nobody holds, Spark may let go of when memory is collected. */
  private static final Set<JavaRDD<?>> HELD = new HashSet<>();

  @TempDir private Path directory;

  /**
   * A batch's RDD, once it was written.
   *
   * @param computed how many elements were computed
   * @param files the folder with its checkpoint, or null
   * @param parent what it would be computed from
   * @param kept how many RDDs are persisted that no stream has returned, of all batches so far
   * @param hasInput whether the stream's RDD that it was made of is still persisted
   */
  private record Written(
      long batch, int computed, String files, String parent, int kept, boolean hasInput) {

    String line(long inFiles) {
      return "batch %d | %d computed, %d in files, lineage %s, %s"
          .formatted(
              batch,
              computed,
              inFiles,
              parent.equals("ReliableCheckpointRDD") ? "cut" : "whole",
              hasInput ? kept + " kept" : "input lost");
    }

    String why() {
      if (parent.equals("LocalCheckpointRDD")) {
        return ("Batch %d is a checkpoint without files. A local checkpoint cuts the lineage, and is in the"
                + " memory and on the disks of the executors only: it is lost with them, and a driver that"
                + " starts again finds nothing. You need a reliable one.")
            .formatted(batch);
      }
      if (files == null) {
        return ("Batch %d is no checkpoint. Spark looks whether an RDD is marked at the end of the first job"
                + " on it, or on an RDD made of it, and never again: one that is marked later stays as it is,"
                + " and so does one that no job runs on. The mark counts for that RDD object only: copies, or"
                + " files of your own, do not cut its lineage for those who hold it.")
            .formatted(batch);
      }
      if (computed > NUMBERS) {
        return ("Batch %d computed %d elements, and has %d. The files of a checkpoint are written by a job of its"
                + " own, at the end of the first job on the RDD. It computes the RDD again, from its parents,"
                + " unless its elements are persisted by then. Nor does an output find them, if it ran before.")
            .formatted(batch, computed, NUMBERS);
      }
      if (kept > 0) {
        return ("After batch %d an RDD is persisted that was not before. The engine lets go of the RDDs that a"
                + " stream has returned. Of this one it knows nothing: so each batch leaves its own behind,"
                + " until somebody unpersists it, or the driver's garbage collector finds it.")
            .formatted(batch);
      }
      if (!hasInput) {
        return ("The input of batch %d is in no memory any more: the stream that it was made of is cached, for"
                + " others to read. Let go of what you have persisted yourself, and of nothing else.")
            .formatted(batch);
      }
      return "";
    }
  }

  @BeforeEach
  void forget() {
    COMPUTED.set(0);
    OUTPUTS.clear();
    WRITTEN.clear();
    HELD.clear();
  }

  @Test
  void computesOnceAndCutsTheLineage() {
    try (BatchRunner runner = BatchRunner.of(this::streams).start()) {
      runner.run(BATCHES);
    }
    List<String> lines = new ArrayList<>();
    try (JavaSparkContext later = later()) { // a driver that has nothing but the directory
      WRITTEN.forEach(written -> lines.add(written.line(inFiles(later, written))));
    }
    try {
      Transcript.assertMatches("checkpoint-once", lines);
    } catch (AssertionError e) {
      String why =
          WRITTEN.stream().map(Written::why).filter(w -> !w.isEmpty()).findFirst().orElse("");
      throw new AssertionError(why + "\n\n" + e.getMessage(), e);
    }
    assertThat(OUTPUTS)
        .as("What the outputs were given, batch by batch, in their order. Batch 3 has no outputs")
        .containsExactly(
            "batch 1: sum 14",
            "batch 1: count 4",
            "batch 2: first 16",
            "batch 4: sum 734",
            "batch 5: no job");
  }

  @Test
  void leavesNothingBehindIfAnOutputThrows() {
    Throwable thrown;
    try (BatchRunner runner = BatchRunner.of(this::failing).start()) {
      thrown = catchThrowable(() -> runner.run(FAILS));
      int kept = kept(runner.context().sparkContext(), Set.of());
      assertThat(kept)
          .as(
              "RDDs that an output that threw has left in memory. A batch whose job has failed does not"
                  + " stop the engine, and the next one comes: unpersist in a finally")
          .isZero();
    }
    assertThat(thrown)
        .as(
            "What the run says of an output that throws. If the job does not fail, the batch counts as"
                + " done, and nobody hears of it")
        .isNotNull();
    assertThat(ExceptionUtils.getRootCauseMessage(thrown)).contains("out of paper");
  }

  @Test
  void computesOnceWhatDoesNotFit() {
    try (BatchRunner runner =
        BatchRunner.of(this::large)
            .with("spark.testing.reservedMemory", "0")
            .with("spark.testing.memory", String.valueOf(5 << 20))
            .with("spark.driver.maxResultSize", "4m")
            .start()) {
      runner.run(1);
    } catch (Exception e) {
      if (ExceptionUtils.getRootCauseMessage(e).contains("spark.driver.maxResultSize")) {
        throw new AssertionError(
            "One of your jobs sends the elements to the driver. They are %d MB, and a driver can take less than"
                    .formatted(MEGABYTES)
                + " all executors have. A job that only counts is enough. Spark says: "
                + ExceptionUtils.getRootCauseMessage(e),
            e);
      }
      throw ExceptionUtils.asRuntimeException(e);
    }
    assertThat(COMPUTED)
        .as(
            "Elements computed of a partition of %d MB, 1 MB each, which does not fit into the memory that this"
                + " run has. With MEMORY_ONLY (serialized or not) such a partition is not kept at all, and"
                + " whoever wants it computes it again. Other levels put it on the executor's disk",
            MEGABYTES)
        .hasValue(MEGABYTES);
  }

  private void streams(StreamingContext context, Output output) {
    context.sparkContext().setCheckpointDir(directory.toUri().toString());
    Set<Integer> ofStreams = new HashSet<>();
    new CountingDStream(context, NUMBERS, PARTITIONS)
        .asJava()
        .cache()
        .foreachRDD(
            (numbers, time) -> {
              long batch = time.milliseconds() / BatchRunner.INTERVAL_MS;
              ofStreams.add(numbers.id());
              numbers.count(); // an output before ours: the input is in memory
              COMPUTED.set(0);
              JavaRDD<Long> squares = numbers.map(CheckpointOnceTest::square);
              CheckpointOnce.write(squares, outputs(batch));
              WRITTEN.add(
                  new Written(
                      batch,
                      COMPUTED.get(),
                      squares.getCheckpointFile().orNull(),
                      squares.rdd().dependencies().head().rdd().getClass().getSimpleName(),
                      kept(numbers.context(), ofStreams),
                      numbers.context().getPersistentRDDs().contains(numbers.id())));
            });
  }

  private void failing(StreamingContext context, Output output) {
    context.sparkContext().setCheckpointDir(directory.toUri().toString());
    new CountingDStream(context, NUMBERS, PARTITIONS)
        .asJava()
        .foreachRDD(
            (numbers, time) ->
                CheckpointOnce.write(
                    numbers.map(CheckpointOnceTest::square),
                    time.milliseconds() < FAILS * BatchRunner.INTERVAL_MS
                        ? List.of(JavaRDD::count)
                        : List.of(JavaRDD::count, CheckpointOnceTest::outOfPaper)));
  }

  private void large(StreamingContext context, Output output) {
    context.sparkContext().setCheckpointDir(directory.toUri().toString());
    new CountingDStream(context, MEGABYTES, 1)
        .asJava()
        .foreachRDD(
            numbers ->
                CheckpointOnce.write(
                    numbers.map(CheckpointOnceTest::megabyte),
                    List.of(JavaRDD::count, JavaRDD::count)));
  }

  private static List<Consumer<JavaRDD<Long>>> outputs(long batch) {
    return switch ((int) batch) {
      case 1 ->
          List.of(
              rdd -> OUTPUTS.add("batch 1: sum " + rdd.reduce(Long::sum)),
              rdd -> OUTPUTS.add("batch 1: count " + rdd.count()));
      case 2 -> List.of(rdd -> OUTPUTS.add("batch 2: first " + rdd.first()));
      case 3 -> List.of();
      case 4 -> List.of(rdd -> OUTPUTS.add("batch 4: sum " + rdd.reduce(Long::sum)));
      default -> List.of(rdd -> OUTPUTS.add("batch " + batch + ": no job"));
    };
  }

  private static long square(long number) {
    COMPUTED.incrementAndGet();
    return number * number;
  }

  private static byte[] megabyte(long number) {
    COMPUTED.incrementAndGet();
    return new byte[1 << 20];
  }

  private static void outOfPaper(JavaRDD<Long> batch) {
    throw new IllegalStateException("The printer is out of paper: " + batch.count());
  }

  /** Returns how many RDDs are persisted, but those, and holds them from now on. */
  private static int kept(SparkContext context, Set<Integer> ofStreams) {
    Map<Integer, JavaRDD<?>> persistent =
        new HashMap<>(JavaSparkContext.fromSparkContext(context).getPersistentRDDs());
    persistent.keySet().removeAll(ofStreams);
    HELD.addAll(persistent.values());
    return persistent.size();
  }

  private static long inFiles(JavaSparkContext spark, Written written) {
    return written.files() == null
        ? 0
        : spark.sc().checkpointFile(written.files(), ClassTag$.MODULE$.apply(Long.class)).count();
  }

  private static JavaSparkContext later() {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster("local[1]")
            .setAppName("later")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "localhost")
            .set("spark.driver.bindAddress", "127.0.0.1"));
  }
}
