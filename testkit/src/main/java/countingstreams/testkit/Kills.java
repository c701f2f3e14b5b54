package countingstreams.testkit;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.apache.commons.io.FileUtils;
import org.apache.commons.lang3.StringUtils;

/**
 * All that an app has printed that was killed by SIGKILL at random moments, and started again each
 * time on the same checkpoint: in real processes, by the clock of the wall.
 *
 * @param kills how often
 * @param printing how many of the lives printed a line of a batch
 * @param lines how many lines of batches they printed
 * @param batches the different lines of each batch
 * @param folder the output of each life, and the checkpoint
 */
public record Kills(
    int kills, int printing, int lines, Map<Long, Set<String>> batches, Path folder) {

  private static final int LONGEST_LIFE_MS = 5000;
  private static final int LONGEST_SILENCE_MS = 120_000;
  private static final int GLANCE_MS = 20;

  /** The columns of {@link #row}. */
  public static final List<String> COLUMNS =
      List.of("kills", "lives that printed", "lines", "batches");

  /**
   * Kills an app that prints a line a batch, as often as asked.
   *
   * @param options the app's, apart from {@code --checkpoint}
   * @throws IllegalStateException if the app stops by itself
   */
  public static Kills of(Class<?> app, List<String> options, int kills)
      throws IOException, InterruptedException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path folder = Files.createTempDirectory("kills-");
    System.out.printf("%d kills, seed %d, output in %s%n", kills, seed, folder);
    List<List<String>> lives = new ArrayList<>();
    for (int life = 0; life < kills; life++) {
      Path output = folder.resolve("life-%03d.txt".formatted(life));
      Process process = start(app, options, folder.resolve("checkpoint"), output);
      // Every other one dies once it prints: while it catches up, or soon after.
      boolean ended = life % 2 == 1 && endsBeforeItPrints(process, output);
      if (ended || process.waitFor(random.nextInt(LONGEST_LIFE_MS), MILLISECONDS)) {
        throw new IllegalStateException("It stopped by itself: " + Files.readString(output));
      }
      process.destroyForcibly().waitFor();
      lives.add(completeLines(output));
    }
    Map<Long, Set<String>> batches = new TreeMap<>();
    for (String line : lives.stream().flatMap(List::stream).toList()) {
      Long batch = Long.valueOf(StringUtils.substringBetween(line, "batch ", " |"));
      batches.computeIfAbsent(batch, b -> new TreeSet<>()).add(line);
    }
    return new Kills(
        kills,
        (int) lives.stream().filter(life -> !life.isEmpty()).count(),
        lives.stream().mapToInt(List::size).sum(),
        batches,
        folder);
  }

  /**
   * Checks that each batch from the first on printed one and the same line, the one expected, and
   * deletes the folder if so.
   *
   * @throws IllegalStateException if a batch is missing, or printed another line
   */
  public Kills check(LongFunction<String> expected) {
    long next = 1;
    for (Map.Entry<Long, Set<String>> batch : batches.entrySet()) {
      if (batch.getKey() != next) {
        throw new IllegalStateException("Batch %d is missing.".formatted(next));
      }
      String line = expected.apply(next);
      if (!batch.getValue().equals(Set.of(line))) {
        throw new IllegalStateException(
            "Batch %d has to be%n%s%n, and was%n%s"
                .formatted(next, line, String.join("\n", batch.getValue())));
      }
      next++;
    }
    System.out.printf(
        "%d lines of %d lives: %d batches, each the same in all lives, and none is missing%n",
        lines, printing, batches.size());
    FileUtils.deleteQuietly(folder.toFile());
    return this;
  }

  /** Returns the numbers of {@link #COLUMNS}. */
  public List<Object> row() {
    return List.of(kills, printing, lines, batches.size());
  }

  private static Process start(Class<?> app, List<String> options, Path checkpoint, Path output)
      throws IOException {
    List<String> command = JavaCommand.of(app);
    command.addAll(options);
    command.addAll(List.of("--checkpoint", checkpoint.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Redirect.to(output.toFile()))
        .redirectInput(Redirect.from(new File("/dev/null")))
        .start();
  }

  private static boolean endsBeforeItPrints(Process app, Path output)
      throws IOException, InterruptedException {
    for (int waited = 0; completeLines(output).isEmpty(); waited += GLANCE_MS) {
      if (app.waitFor(GLANCE_MS, MILLISECONDS)) {
        return true;
      }
      if (waited > LONGEST_SILENCE_MS) {
        throw new IllegalStateException("It prints no batch: " + Files.readString(output));
      }
    }
    return false;
  }

  /** A kill can cut the last line off: then it was not printed. */
  private static List<String> completeLines(Path output) throws IOException {
    String text = StringUtils.substringBeforeLast("\n" + Files.readString(output), "\n");
    return text.lines().filter(line -> line.startsWith("batch ")).toList();
  }
}
