package countingstreams.benchmarks;

import countingstreams.lesson03.PageViewsState;
import countingstreams.testkit.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;

/** A checkpoint directory that a killed driver has left, from which others can start. */
final class SavedState implements AutoCloseable {

  private static final int MOST_TOUCHED = 100;
  private static final long PATIENCE_MINUTES = 1;

  private final PageViewsState state;
  private final Workload workload;
  private final Path folder;

  /** Where all drivers have it: its files name each other by their paths. */
  private final Path checkpoint;

  private final Path copy;

  /** When the last line that was waited for had come. */
  private long lastLineNanoTime;

  /**
   * Starts a driver, and kills it once the checkpoint of its last batch is written.
   *
   * @param keys how many pages have a total
   */
  SavedState(PageViewsState state, int keys) throws IOException, InterruptedException {
    this.state = state;
    this.workload = new Workload(keys, Math.min(keys, MOST_TOUCHED));
    this.folder = Files.createTempDirectory("recovery-");
    this.checkpoint = folder.resolve("checkpoint");
    this.copy = folder.resolve("copy");
    String last =
        run(
            RecoveryMain.DONE,
            state.name(),
            String.valueOf(workload.pages()),
            String.valueOf(workload.touched()));
    check(last);
    FileUtils.moveDirectory(checkpoint.toFile(), copy.toFile());
  }

  PageViewsState state() {
    return state;
  }

  int keys() {
    return workload.pages();
  }

  /**
   * Starts a driver on the directory as it was left, and kills it.
   *
   * @return seconds from the start of its JVM until it has printed a batch, the right one
   */
  double recoverySeconds() throws IOException, InterruptedException {
    FileUtils.deleteDirectory(checkpoint.toFile());
    FileUtils.copyDirectory(copy.toFile(), checkpoint.toFile());
    long start = System.nanoTime();
    String printed = run("batch ");
    double seconds = (lastLineNanoTime - start) / 1e9;
    check(printed);
    return seconds;
  }

  /**
   * Starts a driver, and kills it once it has printed a line that starts with a text.
   *
   * @return the last line of a batch
   */
  private String run(String until, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        JavaCommand.of(
            System.getProperty("java.class.path"),
            RecoveryMain.class.getName(),
            List.of("-Dspark.log.file=" + folder.resolve("spark.log")));
    command.add(checkpoint.toString());
    command.addAll(Arrays.asList(arguments));
    Path errors = folder.resolve("errors");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String batch = null;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        lastLineNanoTime = System.nanoTime();
        batch = line.startsWith("batch ") ? line : batch;
        if (line.startsWith(until)) {
          return batch;
        }
      }
      throw new IllegalStateException(
          "%s, %d keys: it ended%n%s".formatted(state, keys(), Files.readString(errors)));
    } finally {
      process.destroyForcibly().waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
    }
  }

  private void check(String printed) {
    Expected expected = new Expected(workload);
    for (int batch = 1; batch <= RecoveryMain.BATCHES; batch++) {
      expected.next();
    }
    String right = RecoveryMain.line(RecoveryMain.BATCHES, expected.all());
    if (!right.equals(printed)) {
      throw new IllegalStateException(
          "%s, %d keys: '%s', not '%s'".formatted(state, keys(), printed, right));
    }
  }

  @Override
  public void close() throws IOException {
    FileUtils.deleteDirectory(folder.toFile());
  }
}
