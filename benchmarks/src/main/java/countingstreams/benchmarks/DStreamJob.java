package countingstreams.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.storage.RDDInfo;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/**
 * A job with DStreams, its batches driven by a manual clock. A batch lasts from its batch time
 * until the engine says that it is completed. Checkpoints are on, with the intervals that Spark
 * chooses.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class DStreamJob implements StateJob {

  /**
   * The streams of a candidate.
   *
   * @param output what is new in a batch, as far as the candidate knows
   * @param totals all pages; computed once, at the end
   */
  record Streams(JavaPairDStream<Long, Long> output, JavaPairDStream<Long, Long> totals) {}

  /** Static: the function that fills it is part of the checkpoint. */
  private static final BlockingQueue<Long> OUTPUTS = new LinkedBlockingQueue<>();

  private final ManualBatches batches;
  private final JavaPairDStream<Long, Long> totals;
  private Time batchTime;

  DStreamJob(
      SparkConf conf,
      Workload workload,
      Path checkpoint,
      Function<BenchmarkViews, Streams> candidate) {
    batches = new ManualBatches(conf);
    JavaStreamingContext context = batches.context();
    context.checkpoint(checkpoint.toUri().toString());
    Streams streams = candidate.apply(new BenchmarkViews(context.ssc(), workload));
    streams.output().foreachRDD(pages -> OUTPUTS.add(Checksum.of(pages)));
    streams.totals().foreachRDD(pages -> {}); // Without an output, a stream is not in the graph.
    totals = streams.totals();
    context.start();
  }

  @Override
  public long batch() throws InterruptedException {
    batchTime = batches.next();
    Long output = OUTPUTS.poll();
    if (output == null) {
      throw batches.missingOutput();
    }
    return output;
  }

  /**
   * Waits until the checkpoint of the completed batch is on disk, and old files are deleted.
   *
   * @throws IllegalStateException if the batch's state is not all in memory
   */
  @Override
  public void settle() {
    batches.settle(batchTime);
    Arrays.stream(batches.context().ssc().sparkContext().getRDDStorageInfo())
        .max(Comparator.comparingInt(RDDInfo::id)) // that of this batch
        .filter(state -> state.numCachedPartitions() < state.numPartitions())
        .ifPresent(
            state -> { // The next batch would compute it again.
              throw new IllegalStateException("The state needs more heap: " + state);
            });
  }

  @Override
  public long totals() {
    return Checksum.of(totals.slice(batchTime, batchTime).get(0));
  }
}
