package countingstreams.benchmarks;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;

/**
 * Runs Maven in the root of the course, its test JVMs by a {@code java} that notes how long they
 * ran and with which flags. On Linux and macOS only.
 */
final class TimedMaven implements AutoCloseable {

  /**
   * What a command took.
   *
   * @param commandSeconds from its start to its end
   * @param jvmSeconds from the start to the end of its test JVM
   * @param flags of that JVM
   */
  record Run(double commandSeconds, double jvmSeconds, List<String> flags) {}

  private static final long PATIENCE_MINUTES = 60;

  /** Notes beside itself what it ran with, and for how many nanoseconds. */
  private static final String JAVA =
      """
      #!/usr/bin/env bash
      printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
      start=$(date +%s%N)
      "JAVA" "$@"
      status=$?
      echo $(($(date +%s%N) - start)) > "$(dirname "$0")/nanoseconds"
      exit $status
      """;

  private final String maven;
  private final Path root;
  private final Path work;
  private final Path bin;

  /**
   * @param maven its command
   */
  TimedMaven(String maven, Path root) throws IOException {
    this.maven = maven;
    this.root = root;
    work = Files.createTempDirectory("timed-maven-");
    bin = Files.createDirectory(work.resolve("bin"));
    Path jdk = Path.of(System.getProperty("java.home"));
    Path java = Files.writeString(bin.resolve("java"), JAVA.replace("JAVA", java(jdk)));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    // Surefire looks at them, to know which Java it is.
    Files.createSymbolicLink(work.resolve("lib"), jdk.resolve("lib"));
    Files.createSymbolicLink(work.resolve("release"), jdk.resolve("release"));
  }

  private static String java(Path jdk) {
    return jdk.resolve("bin/java").toString();
  }

  /**
   * Runs tests that have one test JVM.
   *
   * @param options of Maven
   */
  Run test(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(options));
    command.addAll(List.of("test", "-Djvm=" + bin.resolve("java")));
    Files.deleteIfExists(bin.resolve("nanoseconds"));
    double seconds = seconds(command);
    List<String> arguments = Files.readAllLines(bin.resolve("arguments"));
    return new Run(
        seconds,
        Long.parseLong(Files.readString(bin.resolve("nanoseconds")).strip()) / 1e9,
        List.copyOf(arguments.subList(0, arguments.indexOf("-jar"))));
  }

  /** Runs Maven, and returns the seconds that it took. */
  double seconds(List<String> options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(maven, "-o", "-q"));
    command.addAll(options);
    return seconds(command, root);
  }

  /** Returns the class path of a lesson's tests, which are compiled. */
  String classPath(String profile, Path module) throws IOException, InterruptedException {
    Path file = work.resolve("classpath");
    seconds(
        List.of(
            "-P" + profile,
            "test-compile",
            "dependency:build-classpath",
            "-Dmdep.outputFile=" + file, // of each module; the lesson is the last
            "-Dmdep.includeScope=test"));
    Path target = module.toAbsolutePath().resolve("target");
    return "%s:%s:%s"
        .formatted(
            target.resolve("test-classes"),
            target.resolve("classes"),
            Files.readString(file).strip());
  }

  /** Runs a program in a folder, and returns the seconds that it took. */
  double program(List<String> flags, String classPath, Class<?> program, Path folder)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(java(Path.of(System.getProperty("java.home"))));
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, program.getName()));
    return seconds(command, folder);
  }

  private double seconds(List<String> command, Path folder)
      throws IOException, InterruptedException {
    Path output = work.resolve("output");
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output.toFile()))
            .start();
    boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!ended || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException(
          "%s has failed:%n%s".formatted(String.join(" ", command), Files.readString(output)));
    }
    return seconds;
  }

  @Override
  public void close() throws IOException {
    FileUtils.deleteDirectory(work.toFile());
  }
}
