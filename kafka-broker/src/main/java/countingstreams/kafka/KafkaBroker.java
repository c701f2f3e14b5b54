package countingstreams.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.apache.kafka.common.Uuid;

/** A real Kafka broker, in a JVM of its own, which can be killed and started again. */
public final class KafkaBroker extends KafkaServer implements AutoCloseable {

  private static final Path JARS = Path.of("../kafka-broker/target/jars");

  private final Path folder;
  private Process process;

  private KafkaBroker(Path folder, int port) {
    super("127.0.0.1:" + port);
    this.folder = folder;
  }

  /** Starts a broker with a new, empty folder, and waits until it answers. */
  public static KafkaBroker start() {
    try {
      return start(Files.createTempDirectory("kafka-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a broker with a folder, which has to be empty, and waits until it answers. */
  public static KafkaBroker start(Path folder) {
    try {
      int port = freePort();
      KafkaBroker broker = new KafkaBroker(folder, port);
      Files.write(folder.resolve("server.properties"), broker.settings(port, freePort()));
      broker.format();
      return broker.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> settings(int port, int controllerPort) {
    return List.of(
        "process.roles=broker,controller",
        "node.id=1",
        "controller.quorum.voters=1@127.0.0.1:" + controllerPort,
        "controller.listener.names=CONTROLLER",
        "listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
            .formatted(port, controllerPort),
        "advertised.listeners=PLAINTEXT://127.0.0.1:" + port,
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs=" + folder.resolve("data"),
        "auto.create.topics.enable=false",
        "offsets.topic.replication.factor=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1");
  }

  private void format() throws IOException {
    Process format =
        java("kafka.tools.StorageTool", "format", "-t", Uuid.randomUuid().toString(), "-c");
    try {
      if (format.waitFor() != 0) {
        throw new IllegalStateException(output());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while Kafka's folder was made.", e);
    }
  }

  /** Starts the broker, on what its folder holds, and waits until it answers. */
  public KafkaBroker run() {
    try {
      process = java("kafka.Kafka");
      await(admin -> admin.describeCluster().nodes());
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process java(String program, String... arguments) throws IOException {
    if (!Files.isDirectory(JARS)) {
      throw new IllegalStateException(
          "There are no jars of Kafka in %s: mvn compile copies them.".formatted(JARS));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", JARS.toAbsolutePath().normalize() + "/*", program));
    command.addAll(Arrays.asList(arguments));
    command.add(folder.resolve("server.properties").toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(folder.resolve("output.txt").toFile()))
        .start();
  }

  /** Returns a port that nobody listens to now. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Returns its process. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /** Kills it by SIGKILL. */
  public void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while Kafka was killed.", e);
    }
  }

  @Override
  protected String output() {
    try {
      return Files.readString(folder.resolve("output.txt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it, and deletes its folder. */
  @Override
  public void close() {
    kill();
    FileUtils.deleteQuietly(folder.toFile());
  }
}
