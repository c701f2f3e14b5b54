package countingstreams.testkit;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;

/**
 * What an app has said, run as a process would run it.
 *
 * @param status its exit status
 * @param output what it has printed to the standard output
 * @param error what its command line has said
 */
public record Printed(int status, String output, String error) {

  /** Runs an app in this JVM, with its context class loader. */
  public static Printed by(CommandLine app, String... options) {
    StringWriter error = new StringWriter();
    AtomicInteger status = new AtomicInteger();
    String output =
        StandardOutput.of(
            () -> status.set(app.setErr(new PrintWriter(error, true)).execute(options)));
    return new Printed(status.get(), output, error.toString());
  }

  /** Returns the lines of the output. */
  public List<String> lines() {
    return output.lines().toList();
  }

  /** Returns those of them that are of a batch. */
  public List<String> batches() {
    return output.lines().filter(line -> line.startsWith("batch ")).toList();
  }

  /** Returns the lines of the error. */
  public List<String> errors() {
    return error.lines().toList();
  }
}
