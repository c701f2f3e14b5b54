package countingstreams.lesson01;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/**
 * What all driver programs of the course share: options, and how they say that something failed.
 */
@Command(
    footer = "All numbers are whole, from 1 to " + StreamApp.Count.MAX + ".",
    sortOptions = false)
public abstract class StreamApp implements Callable<Integer> {

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

  @Option(names = "--help", usageHelp = true, description = "Show this help and exit.")
  private boolean help;

  /** Returns a command line that says in one line what is wrong with an option or with a run. */
  protected static CommandLine commandLine(StreamApp app) {
    return new CommandLine(app)
        .setParameterExceptionHandler(StreamApp::misused)
        .setExecutionExceptionHandler(StreamApp::failed);
  }

  /** Leaves the choice of master to spark-submit and, as spark-submit does, to the environment. */
  protected static SparkConf configuration(Map<String, String> environment) {
    return new SparkConf()
        .setIfMissing("spark.master", environment.getOrDefault("MASTER", "local[2]"))
        .setIfMissing("spark.streaming.stopGracefullyOnShutdown", "true");
  }

  /** Says where to look at what Spark does. */
  protected static void announce(SparkContext context) {
    String webUi = context.uiWebUrl().getOrElse(() -> "off");
    System.out.println("Spark's web UI: " + webUi + " (Ctrl-C stops the app)");
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

  /** Reads an option's value: one of a few, by what it is called when it is printed. */
  protected abstract static class Choice<E> implements ITypeConverter<E> {
    private final List<E> all;

    protected Choice(E[] all) {
      this.all = List.of(all);
    }

    @Override
    public E convert(String value) {
      return all.stream()
          .filter(one -> one.toString().equals(value))
          .findFirst()
          .orElseThrow(
              () -> new TypeConversionException("'%s' is not %s.".formatted(value, names())));
    }

    private String names() {
      int last = all.size() - 1;
      return all.subList(0, last).stream().map(String::valueOf).collect(Collectors.joining(", "))
          + " or "
          + all.get(last);
    }
  }
}
