package countingstreams.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;

/** Starts {@link CandidateMain} with this JVM's flags, and asks it. */
final class CandidateProcess {

  private final Candidate candidate;
  private final Path folder;
  private final Process process;
  private final PrintWriter requests;
  private final BufferedReader answers;

  /**
   * @param heapMegabytes the most heap it can have
   */
  CandidateProcess(Candidate candidate, Workload workload, int heapMegabytes) throws IOException {
    this.candidate = candidate;
    this.folder = Files.createTempDirectory("benchmark-" + candidate + "-");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Xmx" + heapMegabytes + "m");
    command.add("-Dspark.log.file=" + folder.resolve("spark.log"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(CandidateMain.class.getName(), candidate.name(), folder.toString()));
    command.add(String.valueOf(workload.pages()));
    command.add(String.valueOf(workload.touched()));
    process = new ProcessBuilder(command).redirectError(folder.resolve("errors").toFile()).start();
    requests = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  Candidate candidate() {
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
