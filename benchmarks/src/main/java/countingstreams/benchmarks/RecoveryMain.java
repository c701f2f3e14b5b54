package countingstreams.benchmarks;

import countingstreams.lesson03.PageViewsDStream;
import countingstreams.lesson03.PageViewsState;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;

/**
 * A driver that keeps running page views, and waits to be killed. It prints a line for each batch:
 * its number and the checksum of all totals.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class RecoveryMain {

  /** Spark's states were written in batch 10, so half of what can be computed again has to be. */
  static final int BATCHES = 15;

  /** What it prints once the checkpoint of the last batch is written. */
  static final String DONE = "done";

  private RecoveryMain() {}

  /**
   * Starts on a checkpoint directory: anew, if there is more to be said.
   *
   * @param args the directory; how totals are kept, pages, pages touched by a batch
   */
  public static void main(String[] args) {
    try {
      if (args.length == 1) {
        recover(args[0]);
      } else {
        Workload workload = new Workload(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        build(args[0], PageViewsState.valueOf(args[1]), workload);
      }
      new CountDownLatch(1).await();
    } catch (Throwable e) {
      e.printStackTrace();
      System.exit(1); // Spark's threads would go on
    }
  }

  private static void build(String checkpoint, PageViewsState state, Workload workload)
      throws InterruptedException {
    ManualBatches batches =
        new ManualBatches(
            new SparkConf()
                .setAppName("Recovery")
                .setMaster("local[" + Workload.PARTITIONS + "]")
                .set("spark.ui.enabled", "false"));
    batches.context().checkpoint(checkpoint);
    BenchmarkViews views = new BenchmarkViews(batches.context().ssc(), workload);
    print(views, state.totals(views, Workload.PARTITIONS));
    batches.context().start();
    for (int batch = 1; batch <= BATCHES; batch++) {
      batches.settle(batches.next());
    }
    System.out.println(DONE);
  }

  /** The clock is that of the checkpoint: it stands still, and the last batch runs again. */
  private static void recover(String checkpoint) {
    JavaStreamingContext.getOrCreate(
            checkpoint,
            () -> {
              throw new IllegalStateException("There is no checkpoint in " + checkpoint);
            })
        .start();
  }

  /** Static: the output is part of the checkpoint. */
  private static void print(PageViewsDStream views, JavaPairDStream<Long, Long> totals) {
    totals.foreachRDD(
        (pages, time) -> System.out.println(line(views.batchNumber(time), Checksum.of(pages))));
  }

  /** Returns what is printed for a batch. */
  static String line(long batchNumber, long checksum) {
    return "batch %d | %d".formatted(batchNumber, checksum);
  }
}
