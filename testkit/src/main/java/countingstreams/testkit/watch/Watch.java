package countingstreams.testkit.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Shows the learner the next exercise, and about a second after each save of an exercise's file
 * what its test says. Without a terminal it tests all exercises once: exit status 0 if none is
 * wrong, 1 if one is.
 */
@Command(
    name = "watch",
    description = "Tests an exercise each time its file is saved.",
    sortOptions = false)
public final class Watch implements Callable<Integer> {

  @Parameters(
      arity = "1..*",
      paramLabel = "LESSON",
      description = "Folders of lessons, relative to the working directory.")
  private List<Path> folders;

  @Option(
      names = "--classes",
      paramLabel = "FOLDER",
      defaultValue = "target/watch-classes",
      description = "Where a lesson has its compiled tests (default: ${DEFAULT-VALUE}).")
  private Path classes;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "Stop a test after so long (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--help", usageHelp = true, description = "Show this help and exit.")
  private boolean help;

  @Spec private CommandLine.Model.CommandSpec spec;

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Watch()).setParameterExceptionHandler(Watch::misused).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    if (limit < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value for option '--limit': '%d' is not 1 or more.".formatted(limit));
    }
    List<Lesson> lessons = folders.stream().map(this::lesson).toList();
    Duration each = Duration.ofSeconds(limit);
    try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      return terminal.getType().startsWith(Terminal.TYPE_DUMB)
          ? new OneRun(lessons, each).run(System.out)
          : new Session(terminal, lessons, each).run();
    }
  }

  private Lesson lesson(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    Path compiled = absolute.resolve(classes);
    if (!Files.isDirectory(compiled)) {
      throw new ParameterException(
          spec.commandLine(),
          "There is no %s: start the watch by mvn -q -Pwatch.".formatted(compiled));
    }
    return new Lesson(absolute, compiled);
  }

  /** Names the mistake in one line, and shows what is allowed. */
  private static int misused(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    command.getErr().println(mistake.getMessage());
    command.usage(command.getErr());
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }
}
