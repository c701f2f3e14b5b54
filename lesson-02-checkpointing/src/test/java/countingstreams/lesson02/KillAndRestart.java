package countingstreams.lesson02;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import countingstreams.testkit.JavaCommand;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.io.FileUtils;
import org.apache.commons.lang3.StringUtils;

/**
 * Kills the app by SIGKILL at random moments, starts it again each time, and checks what all its
 * lives together have printed: one range a batch, and no batch missing. Run it by {@code
 * .ci/kill-and-restart}. This one is by the clock of the wall, in real processes.
 */
public final class KillAndRestart {

  private static final int LONGEST_LIFE_MS = 5000;
  private static final int GLANCE_MS = 20;
  private static final int NUMBERS = 10;

  private KillAndRestart() {}

  /**
   * Kills as often as the first argument says. The second, if there is one, is the file for the
   * table of the page.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int kills = Integer.parseInt(args[0]);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path folder = Files.createTempDirectory("kill-and-restart-");
    System.out.printf("%d kills, seed %d, output in %s%n", kills, seed, folder);
    List<List<String>> lives = new ArrayList<>();
    for (int life = 0; life < kills; life++) {
      Path output = folder.resolve("life-%03d.txt".formatted(life));
      Process app = start(folder.resolve("checkpoint"), output);
      // Every other one dies once it prints: while it catches up, or soon after.
      boolean ended = life % 2 == 1 && endsBeforeItPrints(app, output);
      if (ended || app.waitFor(random.nextInt(LONGEST_LIFE_MS), MILLISECONDS)) {
        throw new IllegalStateException("It stopped by itself: " + Files.readString(output));
      }
      app.destroyForcibly().waitFor();
      lives.add(completeLines(output));
    }
    Map<Long, Set<String>> batches = new TreeMap<>();
    int lines = 0;
    int printing = 0;
    for (List<String> life : lives) {
      printing += life.isEmpty() ? 0 : 1;
      lines += life.size();
      life.forEach(
          line ->
              batches
                  .computeIfAbsent(
                      Long.valueOf(StringUtils.substringBetween(line, "batch ", " |")),
                      batch -> new TreeSet<>())
                  .add(line));
    }
    check(batches);
    System.out.printf(
        "%d lines of %d lives: %d batches, each with one range, and none is missing%n",
        lines, printing, batches.size());
    if (args.length > 1) {
      write(Path.of(args[1]), kills, printing, lines, batches.size());
    }
    FileUtils.deleteDirectory(folder.toFile());
  }

  private static Process start(Path checkpoint, Path output) throws IOException {
    List<String> command = JavaCommand.of(CheckpointedCountingApp.class);
    command.addAll(
        List.of(
            "--interval",
            "100",
            "--numbers",
            String.valueOf(NUMBERS),
            "--checkpoint",
            checkpoint.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Redirect.to(output.toFile()))
        .redirectInput(Redirect.from(new File("/dev/null")))
        .start();
  }

  private static boolean endsBeforeItPrints(Process app, Path output)
      throws IOException, InterruptedException {
    while (completeLines(output).isEmpty()) {
      if (app.waitFor(GLANCE_MS, MILLISECONDS)) {
        return true;
      }
    }
    return false;
  }

  /** A kill can cut the last line off: then it was not printed. */
  private static List<String> completeLines(Path output) throws IOException {
    String text = StringUtils.substringBeforeLast("\n" + Files.readString(output), "\n");
    return text.lines().filter(line -> line.startsWith("batch ")).toList();
  }

  private static void check(Map<Long, Set<String>> batches) {
    long expected = 1;
    for (Map.Entry<Long, Set<String>> batch : batches.entrySet()) {
      if (batch.getKey() != expected) {
        throw new IllegalStateException("Batch %d is missing.".formatted(expected));
      }
      StringBuilder line = new StringBuilder("batch " + expected + " | partition 0 |");
      for (long number = (expected - 1) * NUMBERS; number < expected * NUMBERS; number++) {
        line.append(' ').append(number);
      }
      if (!batch.getValue().equals(Set.of(line.toString()))) {
        throw new IllegalStateException("Not one range, or not the right one: " + batch);
      }
      expected++;
    }
  }

  private static void write(Path file, int kills, int printing, int lines, int batches)
      throws IOException {
    Map<String, Object> table = new LinkedHashMap<>();
    table.put(
        "caption",
        "The app, killed by SIGKILL at random moments: while it starts, recovers, catches up or counts");
    table.put(
        "columns",
        List.of("kills", "lives that printed", "lines", "batches", "with two ranges", "missing"));
    table.put("rows", List.of(List.of(kills, printing, lines, batches, 0, 0)));
    table.put(
        "machine",
        "Spark 4.1.0, Java %d, %d cores, %s"
            .formatted(
                Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors(),
                LocalDate.now()));
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), table);
  }
}
