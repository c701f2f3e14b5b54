package countingstreams.lesson01;

import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The driver program: counts, and prints the numbers of each batch, partition by partition. */
@Command(
    name = "CountingApp",
    description = "Counts, and prints the numbers of each batch, partition by partition.")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CountingApp extends StreamApp {

  private static final long POLL_MS = 50;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Record the run, for the batch player of the site.")
  private Path trace;

  public static void main(String[] args) {
    System.exit(commandLine(new CountingApp()).execute(args));
  }

  // #region driver
  @Override
  public Integer call() throws InterruptedException {
    SparkConf conf = configuration(System.getenv()).setAppName("CountingApp");
    try (JavaStreamingContext context =
        new JavaStreamingContext(conf, Durations.milliseconds(interval))) {
      CountingDStream stream = new CountingDStream(context.ssc(), numbers, partitions);
      stream.asJava().foreachRDD((batch, time) -> print(stream.batchNumber(time), batch));
      run(context, stream);
    }
    return 0;
  }

  /** Starts the context, and comes back when the last batch asked for is done. */
  protected final void run(JavaStreamingContext context, CountingDStream stream)
      throws InterruptedException {
    LastBatch completed = new LastBatch(stream);
    context.addStreamingListener(completed);
    if (trace != null) {
      record(context.ssc());
    }
    announce(context.ssc().sparkContext());
    context.start();
    while (completed.number < batches && !context.awaitTerminationOrTimeout(POLL_MS)) {
      // An error in a batch is thrown by the line above.
    }
  }

  private void print(long batchNumber, JavaRDD<Long> batch) {
    if (batchNumber <= batches) {
      lines(batchNumber, batch).forEach(System.out::println);
    }
  }

  /** Returns a line for each partition, in the order of partitions. Runs a Spark job. */
  public static List<String> lines(long batchNumber, JavaRDD<Long> batch) {
    List<String> lines = new ArrayList<>();
    for (List<Long> partition : batch.glom().collect()) {
      String line = "batch %d | partition %d | %s";
      lines.add(line.formatted(batchNumber, lines.size(), spaced(partition)));
    }
    return lines;
  }

  // #endregion driver

  /** The recorder is in the test kit, which Maven runs the app with. */
  private void record(StreamingContext context) {
    try {
      Class<?> recorder = Class.forName("countingstreams.testkit.TraceListener");
      recorder.getConstructor(StreamingContext.class, Path.class).newInstance(context, trace);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "nothing can be written to --trace %s (%s)".formatted(trace, e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("--trace works if Maven runs the app, as in README", e);
    }
  }

  private static String spaced(List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** Knows the last batch that has completed. Spark calls it on the listener bus's thread. */
  private static final class LastBatch implements StreamingListener {
    private final CountingDStream stream;
    private volatile long number;

    LastBatch(CountingDStream stream) {
      this.stream = stream;
    }

    @Override
    public void onBatchCompleted(StreamingListenerBatchCompleted completed) {
      number = stream.batchNumber(completed.batchInfo().batchTime());
    }
  }
}
