package countingstreams.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuses options of a command that measures, in one line, before it begins. */
public record OptionChecks(CommandSpec command) {

  /** Refuses a whole number below the least. */
  public void wholeNumbers(String option, Iterable<Integer> values, int least) {
    each(option, values, value -> value >= least, "a whole number from %d on".formatted(least));
  }

  /**
   * Refuses a value that is not good.
   *
   * @param what a good one is
   */
  public <T> void each(String option, Iterable<T> values, Predicate<T> good, String what) {
    for (T value : values) {
      if (!good.test(value)) {
        throw new ParameterException(
            command.commandLine(),
            "Invalid value for option '%s': '%s' is not %s".formatted(option, value, what));
      }
    }
  }

  /** Refuses a folder that is not there and can't be made; null is for none. */
  void folder(String option, Path folder) {
    if (folder != null
        && !Files.isDirectory(folder)
        && (Files.exists(folder) || !Files.isDirectory(folder.toAbsolutePath().getParent()))) {
      throw new ParameterException(
          command.commandLine(),
          "%s %s is no folder, nor a new one in a folder that is there".formatted(option, folder));
    }
  }

  /** Refuses a file that can't be written; null is for none. */
  void output(Path output) {
    if (output != null
        && (Files.isDirectory(output) || !Files.isDirectory(output.toAbsolutePath().getParent()))) {
      throw new ParameterException(
          command.commandLine(),
          "--output %s is not a file in a folder that is there".formatted(output));
    }
  }
}
