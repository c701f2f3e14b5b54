package countingstreams.structured;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/**
 * What an app has said, run as a process would run it.
 *
 * @param status its exit status
 */
public record Printed(int status, List<String> lines, List<String> errors) {

  /** Runs an app in this JVM. */
  public static Printed by(CommandLine app, String... options) {
    StringWriter errors = new StringWriter();
    PrintStream before = System.out;
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
    try {
      int status = app.setErr(new PrintWriter(errors, true)).execute(options);
      return new Printed(
          status,
          output.toString(StandardCharsets.UTF_8).lines().toList(),
          errors.toString().lines().toList());
    } finally {
      System.setOut(before);
    }
  }

  /** Returns the lines of batches. */
  public List<String> batches() {
    return lines.stream().filter(line -> line.startsWith("batch ")).toList();
  }
}
