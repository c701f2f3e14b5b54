package countingstreams.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.dstream.DStream;
import scala.reflect.ClassTag$;

/**
 * A stream in a JVM of its own, as a JVM has one Spark context at a time. For each line of its
 * input it runs an empty batch, and answers two numbers: nanoseconds from the batch time until the
 * engine says that the batch is completed, and until the engine is done with it.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class EmptyBatchMain {

  /** Static: the output is part of the checkpoint. */
  private static final AtomicLong OUTPUTS = new AtomicLong();

  private EmptyBatchMain() {}

  /**
   * @param args what is measured, a folder that is there
   */
  public static void main(String[] args) {
    try {
      run(EmptyBatch.valueOf(args[0]), Path.of(args[1]));
      System.exit(0);
    } catch (Throwable e) {
      e.printStackTrace();
      System.exit(1); // Spark's threads would go on
    }
  }

  private static void run(EmptyBatch measured, Path folder) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // The answers are ours alone.
    ManualBatches batches =
        new ManualBatches(
            new SparkConf()
                .setAppName(measured.name())
                .setMaster("local[" + EmptyBatch.PARTITIONS + "]")
                .set("spark.ui.enabled", "false")
                .set("spark.local.dir", folder.resolve("local").toString()));
    if (measured.checkpoints()) {
      Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
      batches.context().checkpoint(checkpoint.toUri().toString());
    }
    readAll(measured.of(batches.context().ssc()));
    batches.context().start();
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    answers.println("ready");
    for (long batch = 1; requests.readLine() != null; batch++) {
      long start = System.nanoTime();
      Time batchTime = batches.next();
      long completed = System.nanoTime();
      batches.settle(batchTime);
      long done = System.nanoTime();
      if (OUTPUTS.get() != batch) {
        throw batches.missingOutput();
      }
      answers.println((completed - start) + " " + (done - start));
    }
  }

  /** The output: a Spark job that reads all partitions, in which there is nothing. */
  private static <T> void readAll(DStream<T> stream) {
    new JavaDStream<>(stream, ClassTag$.MODULE$.<T>apply(Object.class))
        .foreachRDD(
            batch -> {
              if (batch.count() != 0) {
                throw new IllegalStateException("The batch is not empty.");
              }
              OUTPUTS.incrementAndGet();
            });
  }
}
