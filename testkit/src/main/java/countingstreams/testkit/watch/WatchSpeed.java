package countingstreams.testkit.watch;

import countingstreams.testkit.MeasuredTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures the watch as a learner has it, on a pseudo-terminal: how long it takes from a save to
 * the verdict on the screen, warm, and what memory it holds. Each round saves the next exercise's
 * solution, then its first wrong answer.
 */
@Command(
    name = "WatchSpeed",
    mixinStandardHelpOptions = true,
    description = "Measures the watch: seconds from a save to the verdict, and its memory.")
public final class WatchSpeed implements Callable<Integer> {

  private static final int WARM = 10;
  private static final String CLASSES = "target/watch-classes";

  @Option(
      names = "--rounds",
      defaultValue = "100",
      description = "How many rounds, more than " + WARM + " (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--output", description = "The file to write; if not given, it is printed.")
  private Path output;

  @Parameters(arity = "1..*", description = "The lessons' folders, their tests compiled.")
  private List<Path> folders;

  @Spec private CommandSpec command;

  /** Runs beside lessons whose tests are compiled. On Linux only: memory is read from /proc. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new WatchSpeed()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    if (rounds <= WARM) {
      throw new ParameterException(
          command.commandLine(),
          "Invalid value for option '--rounds': '%d' is not a whole number from %d on"
              .formatted(rounds, WARM + 1));
    }
    Path copies = Files.createTempDirectory("watch-speed-");
    List<String> lessons = new ArrayList<>();
    List<Lesson.Task> tasks = new ArrayList<>();
    for (Path folder : folders) {
      Path lesson = folder.toAbsolutePath().normalize();
      Path copy = copies.resolve(lesson.getFileName());
      for (String part : List.of("src", "target/classes", CLASSES)) {
        FileUtils.copyDirectory(lesson.resolve(part).toFile(), copy.resolve(part).toFile());
      }
      lessons.add(copy.toString());
      tasks.addAll(new Lesson(copy, copy.resolve(CLASSES)).tasks());
    }
    List<Double> seconds = new ArrayList<>();
    Map<Integer, Long> megabytes = new LinkedHashMap<>();
    try (WatchedTerminal terminal = new WatchedTerminal(copies, lessons)) {
      terminal.await(screen -> screen.contains("\nnot started"));
      for (int round = 1; round <= rounds; round++) {
        Lesson.Task task = tasks.get((round - 1) % tasks.size());
        double right = save(terminal, task, task.solution(), "\ndone\n");
        double wrong = save(terminal, task, firstWrongAnswer(task), "\nwrong\n");
        System.out.printf(
            "Round %d of %d: exercise %s: right %.2f s, wrong %.2f s%n",
            round, rounds, task.exercise().id(), right, wrong);
        if (round > WARM) {
          seconds.add(right);
          seconds.add(wrong);
        }
        if (round == WARM || round == rounds) {
          megabytes.put(round, residentMegabytes(terminal.process()));
        }
      }
      terminal.press("q");
      terminal.exitStatus();
    } finally {
      FileUtils.deleteQuietly(copies.toFile());
    }
    Collections.sort(seconds);
    long before = megabytes.get(WARM);
    long after = megabytes.get(rounds);
    MeasuredTable table =
        MeasuredTable.here(
            ("From a save to the verdict on the screen, %d saves of %d exercises after %d rounds to"
                    + " warm up; resident memory of the watch's two JVMs")
                .formatted(seconds.size(), tasks.size(), WARM),
            List.of("median s", "worst s", "MB, round " + WARM, "MB, round " + rounds, "ratio"),
            List.of(
                List.of(
                    rounded(seconds.get(seconds.size() / 2)),
                    rounded(seconds.get(seconds.size() - 1)),
                    before,
                    after,
                    rounded((double) after / before))));
    if (output == null) {
      System.out.print(table.json());
    } else {
      table.write(output);
    }
    return 0;
  }

  /** Returns the seconds until the screen has the verdict, which it did not have before. */
  private static double save(
      WatchedTerminal terminal, Lesson.Task task, Path source, String verdict) throws IOException {
    String text = Files.readString(source);
    String title = task.exercise().id() + " " + task.exercise().title() + "\n";
    long start = System.nanoTime();
    Files.writeString(task.file(), text);
    terminal.await(screen -> screen.contains(title) && screen.contains(verdict));
    return (System.nanoTime() - start) / 1e9;
  }

  private static Path firstWrongAnswer(Lesson.Task task) throws IOException {
    Path answers =
        task.lesson().folder().resolve("src/wrong-answers").resolve(task.exercise().id());
    try (Stream<Path> folders = Files.list(answers)) {
      return folders.sorted().findFirst().orElseThrow().resolve(task.file().getFileName());
    }
  }

  private static long residentMegabytes(ProcessHandle watch) {
    return Stream.concat(Stream.of(watch), watch.descendants())
            .mapToLong(WatchSpeed::residentKilobytes)
            .sum()
        / 1024;
  }

  private static long residentKilobytes(ProcessHandle process) {
    try (Stream<String> status = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return status
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
