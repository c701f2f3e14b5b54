package countingstreams.benchmarks;

import countingstreams.testkit.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;

/**
 * A candidate in a JVM of its own, with this JVM's flags, which answers what it is asked.
 *
 * @param <C> what is compared
 */
final class CandidateProcess<C extends Enum<C>> {

  private final C candidate;
  private final Path folder;
  private final Process process;
  private final PrintWriter requests;
  private final BufferedReader answers;

  /**
   * Starts it. The program gets the candidate's name, a folder that is there, and what else it is
   * given here. It prints a line once it is ready, and then one for each line of its input.
   *
   * @param heapMegabytes the most heap it can have
   */
  CandidateProcess(C candidate, Class<?> program, int heapMegabytes, Object... more)
      throws IOException {
    this.candidate = candidate;
    this.folder = Files.createTempDirectory("benchmark-" + candidate + "-");
    List<String> command =
        JavaCommand.of(
            System.getProperty("java.class.path"),
            program.getName(),
            List.of(
                "-Xmx" + heapMegabytes + "m", "-Dspark.log.file=" + folder.resolve("spark.log")));
    command.addAll(List.of(candidate.name(), folder.toString()));
    Arrays.stream(more).map(String::valueOf).forEach(command::add);
    process = new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
    requests = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  C candidate() {
    return candidate;
  }

  void awaitReady() throws IOException {
    answer();
  }

  /** Returns the numbers that it answers. */
  long[] ask(String request) throws IOException {
    requests.println(request);
    return Arrays.stream(answer().split(" ")).mapToLong(Long::parseLong).toArray();
  }

  private String answer() throws IOException {
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException(
          candidate + " has failed:\n" + Files.readString(folder.resolve("errors")));
    }
    return answer;
  }

  /** Ends it: nothing of it is needed any more, so it has no time to clean up. */
  void end() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
    FileUtils.deleteDirectory(folder.toFile());
  }
}
