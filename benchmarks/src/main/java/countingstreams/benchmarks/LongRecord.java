package countingstreams.benchmarks;

import countingstreams.lesson02.CheckpointedCountingDStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.CheckpointWriter;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/**
 * Lesson 2's stream in a running context, its record as long as wanted, and Spark's own writer of
 * checkpoints. No batch runs.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class LongRecord implements AutoCloseable {

  /**
   * What a checkpoint took.
   *
   * @param serializeMs to make its bytes, on the thread that generates jobs: no batch can begin
   * @param writeMs from the same moment until its file is there, and old ones are deleted
   * @param bytes of the file
   */
  record Cost(double serializeMs, double writeMs, long bytes) {}

  private static final long INTERVAL_MS = 1000;

  /** More than there are checkpoints, one a second. */
  private static final long REMEMBERED_MINUTES = 10_000;

  /** As on a real clock. Later than the checkpoints, so what is done with them forgets nothing. */
  private static final long FIRST_BATCH_MS = 1_767_225_600_000L;

  private final Path folder;
  private final ManualBatches batches;
  private final Stream stream;
  private final CheckpointWriter writer;
  private long checkpoints;

  /** Makes its record public. */
  private static final class Stream extends CheckpointedCountingDStream {

    private static final long serialVersionUID = 1L;

    Stream(StreamingContext context) {
      super(context, 10, 1);
    }

    /** Remembers so many batch times, as if they were generated, and none done. */
    void remember(int batchTimes) {
      checkpointData().cleanup(new Time(Long.MAX_VALUE));
      for (int i = 0; i < batchTimes; i++) {
        rangeOf(new Time(FIRST_BATCH_MS + i * INTERVAL_MS));
      }
      if (recordedRanges().size() != batchTimes) {
        throw new IllegalStateException("It remembers " + recordedRanges().size());
      }
    }
  }

  /**
   * Starts the context. A JVM can have one at a time.
   *
   * @param folder for the checkpoints
   */
  LongRecord(Path folder) {
    this.folder = folder;
    batches =
        new ManualBatches(
            new SparkConf()
                .setAppName("Checkpoints")
                .setMaster("local[1]")
                .set("spark.ui.enabled", "false"));
    String directory = folder.toUri().toString();
    batches.context().checkpoint(directory);
    StreamingContext context = batches.context().ssc();
    stream = new Stream(context);
    stream.asJava().foreachRDD(numbers -> {});
    // Spark must not look for what it could forget after the time that the clock has: it is 0.
    context.remember(Durations.minutes(REMEMBERED_MINUTES));
    batches.context().start();
    writer =
        new CheckpointWriter(
            context.scheduler().jobGenerator(),
            context.conf(),
            directory,
            context.sparkContext().hadoopConfiguration());
  }

  /** Writes a checkpoint with a record of so many batch times. */
  Cost checkpoint(int batchTimes) throws IOException {
    stream.remember(batchTimes);
    checkpoints++;
    Time time = new Time(checkpoints * INTERVAL_MS);
    long start = System.nanoTime();
    Checkpoint checkpoint = new Checkpoint(batches.context().ssc(), time);
    writer.write(checkpoint, true); // serializes, and leaves the file to a thread of its own
    long serialized = System.nanoTime();
    batches.settle(time);
    long written = System.nanoTime();
    return new Cost(
        (serialized - start) / 1e6,
        (written - start) / 1e6,
        Files.size(folder.resolve("checkpoint-" + time.milliseconds())));
  }

  @Override
  public void close() {
    writer.stop();
    batches.context().stop(true, false);
  }
}
