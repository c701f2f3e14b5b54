package countingstreams.lesson04;

import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.JavaCommand;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.deploy.SparkSubmit;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;

/**
 * A real cluster on this machine: Spark's standalone master and workers, each in a process of its
 * own, from the jars of the class path. What a process prints is in a folder of its own.
 */
final class StandaloneCluster {

  private final Path home;
  private final int port;
  private final List<Process> workers = new ArrayList<>();
  private int started;

  private StandaloneCluster(Path home, int port) {
    this.home = home;
    this.port = port;
  }

  /**
   * Starts a master and so many workers, with a core each.
   *
   * @param home an empty folder
   */
  static StandaloneCluster start(Path home, int workers) throws IOException {
    StandaloneCluster cluster = new StandaloneCluster(home, KafkaBroker.freePort());
    cluster.linkJars();
    cluster.process(
        "master",
        Master.class,
        List.of("--host", "127.0.0.1", "--port", "" + cluster.port, "--webui-port", "0"));
    for (int worker = 0; worker < workers; worker++) {
      cluster.workers.add(cluster.worker());
    }
    return cluster;
  }

  /** Executors are started with all jars in a folder of that name. */
  private void linkJars() throws IOException {
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (Path jar : classPath().filter(Files::isRegularFile).toList()) {
      Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
    }
  }

  private static Stream<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath());
  }

  private static String folders() {
    return classPath()
        .filter(Files::isDirectory)
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Process worker() throws IOException {
    return process(
        "worker",
        Worker.class,
        Stream.of(
                "--host 127.0.0.1 --cores 1 --memory 600m --webui-port 0 --work-dir".split(" "),
                new String[] {home.resolve("work").toString(), url()})
            .flatMap(Arrays::stream)
            .toList());
  }

  /** Returns the master's URL. */
  String url() {
    return "spark://127.0.0.1:" + port;
  }

  /** Starts a driver with Spark's own SparkSubmit, in client mode. */
  Process submit(String master, Class<?> app, List<String> options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--master", master, "--class", app.getName()));
    for (String setting :
        List.of(
            "spark.executor.memory=512m",
            "spark.executor.extraClassPath=" + folders(),
            "spark.executor.extraJavaOptions=-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            "spark.ui.enabled=false")) {
      arguments.addAll(List.of("--conf", setting));
    }
    arguments.add("spark-internal"); // there is no jar: the class is on the class path
    arguments.addAll(options);
    return process("driver", SparkSubmit.class, arguments);
  }

  private Process process(String name, Class<?> program, List<String> arguments)
      throws IOException {
    Path folder = home.resolve("%s-%03d".formatted(name, started++));
    Files.createDirectories(folder);
    List<String> command = JavaCommand.of(program);
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile()) // where its log goes, too
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(folder.resolve("output.txt").toFile()));
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    return builder.start();
  }

  /** Returns what all drivers have printed, in the order in which they were started. */
  List<String> printed() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> folders = Files.list(home)) {
      for (Path folder :
          folders.filter(f -> f.getFileName().toString().startsWith("driver-")).sorted().toList()) {
        lines.addAll(Files.readAllLines(folder.resolve("output.txt")));
      }
    }
    return lines;
  }

  /** Returns the workers. */
  List<Process> workers() {
    return List.copyOf(workers);
  }

  /** Returns the executors that run now. */
  List<ProcessHandle> executors() {
    return workers.stream().flatMap(Process::descendants).toList();
  }

  /** Starts another worker in the place of one that is dead. */
  void replace(Process worker) throws IOException {
    workers.set(workers.indexOf(worker), worker());
  }
}
