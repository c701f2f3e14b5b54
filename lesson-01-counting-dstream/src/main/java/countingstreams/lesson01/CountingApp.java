package countingstreams.lesson01;

import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The driver program: counts, and prints the numbers of each batch, partition by partition. */
@Command(
    name = "CountingApp",
    description = "Counts, and prints the numbers of each batch, partition by partition.",
    footer = "All numbers are whole, from 1 to " + CountingApp.Count.MAX + ".",
    sortOptions = false)
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CountingApp implements Callable<Integer> {

  private static final long POLL_MS = 50;

  @Option(
      names = "--interval",
      paramLabel = "MS",
      defaultValue = "1000",
      converter = Count.class,
      description = "Milliseconds between two batches (default: ${DEFAULT-VALUE}).")
  protected int interval;

  @Option(
      names = "--numbers",
      paramLabel = "N",
      defaultValue = "10",
      converter = Count.class,
      description = "Numbers in a batch (default: ${DEFAULT-VALUE}).")
  protected int numbers;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "1",
      converter = Count.class,
      description = "Partitions of a batch (default: ${DEFAULT-VALUE}).")
  protected int partitions;

  @Option(
      names = "--batches",
      paramLabel = "N",
      converter = Count.class,
      description = "Stop after so many batches (default: run until Ctrl-C).")
  protected int batches = Integer.MAX_VALUE;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Record the run, for the batch player of the site.")
  private Path trace;

  @Option(names = "--help", usageHelp = true, description = "Show this help and exit.")
  private boolean help;

  public static void main(String[] args) {
    System.exit(commandLine(new CountingApp()).execute(args));
  }

  /** Returns a command line that says in one line what is wrong with an option or with a run. */
  protected static CommandLine commandLine(CountingApp app) {
    return new CommandLine(app)
        .setParameterExceptionHandler(CountingApp::misused)
        .setExecutionExceptionHandler(CountingApp::failed);
  }

  // #region driver
  @Override
  public Integer call() throws InterruptedException {
    SparkConf conf = configuration(System.getenv());
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
    System.out.println("Spark's web UI: " + webUi(context) + " (Ctrl-C stops the app)");
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

  /** Leaves the choice of master to spark-submit and, as spark-submit does, to the environment. */
  protected static SparkConf configuration(Map<String, String> environment) {
    return new SparkConf()
        .setAppName("CountingApp")
        .setIfMissing("spark.master", environment.getOrDefault("MASTER", "local[2]"))
        .setIfMissing("spark.streaming.stopGracefullyOnShutdown", "true");
  }

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

  private static String webUi(JavaStreamingContext context) {
    return context.sparkContext().sc().uiWebUrl().getOrElse(() -> "off");
  }

  /** Names the mistake in one line, and shows what is allowed. */
  private static int misused(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    command.getErr().println(mistake.getMessage());
    command.usage(command.getErr());
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** Says in one line what went wrong; the stack trace is in Spark's log. */
  private static int failed(Exception failure, CommandLine command, ParseResult parsed) {
    String reason = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    command
        .getErr()
        .println(
            command.getCommandName()
                + " failed: "
                + reason
                + " (more in Spark's log, target/spark.log)");
    return command.getCommandSpec().exitCodeOnExecutionException();
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

  /** Reads an option's value. */
  protected static final class Count implements ITypeConverter<Integer> {
    static final int MAX = 1_000_000;

    @Override
    public Integer convert(String value) {
      try {
        int number = Integer.parseInt(value);
        if (number >= 1 && number <= MAX) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Not a number: the same message.
      }
      throw new TypeConversionException(
          "'%s' is not a whole number from 1 to %d.".formatted(value, MAX));
    }
  }
}
