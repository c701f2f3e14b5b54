package countingstreams.lesson04;

import static org.junit.jupiter.api.Assumptions.abort;

import com.github.dockerjava.api.DockerClient;
import countingstreams.kafka.KafkaBroker;
import countingstreams.kafka.KafkaServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.RemoteDockerImage;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * Kafka and PostgreSQL in containers, which can be killed and started again. The environment
 * variables KAFKA_IMAGE and POSTGRES_IMAGE name other images than those in the root pom.xml.
 */
final class Containers implements AutoCloseable {

  /** With the module's folder: by it, what a killed JVM has left can be found. */
  private static final String LABEL = "countingstreams";

  private final KafkaContainer kafka =
      prepared(new KafkaContainer(image("KAFKA_IMAGE", "kafka.image", "apache/kafka")), 9092);

  private final PostgreSQLContainer postgres =
      prepared(
          new PostgreSQLContainer(image("POSTGRES_IMAGE", "postgres.image", "postgres"))
              .withCommand(
                  // A commit with synchronous_commit=on waits for a standby that never comes.
                  "postgres",
                  "-c",
                  "fsync=off",
                  "-c",
                  "synchronous_standby_names=nobody",
                  "-c",
                  "synchronous_commit=local"),
          PostgreSQLContainer.POSTGRESQL_PORT);

  private Containers() throws IOException {}

  /**
   * Starts both. Without Docker the tests are skipped, and a line says so; with the environment
   * variable CONTAINER_TESTS=required they fail; with CONTAINER_TESTS=off they are always skipped.
   *
   * @throws IllegalStateException if there is Docker, but it can't run them
   */
  static Containers start() throws IOException {
    String wish = System.getenv().getOrDefault("CONTAINER_TESTS", "");
    switch (wish) {
      case "off" -> skip("CONTAINER_TESTS is off.");
      case "" -> {
        if (!dockerAnswers()) {
          skip("no Docker engine answers. Start Docker to run them.");
        }
      }
      case "required" -> {
        if (!dockerAnswers()) {
          throw new IllegalStateException(
              "CONTAINER_TESTS is required, and no Docker engine answers: target/spark-test.log says what was tried.");
        }
      }
      default ->
          throw new IllegalArgumentException(
              "CONTAINER_TESTS is '%s', not off or required.".formatted(wish));
    }
    Containers containers = new Containers();
    try {
      Startables.deepStart(containers.kafka, containers.postgres).join();
    } catch (CompletionException e) {
      containers.close();
      throw new IllegalStateException(
          "Docker is there, but the containers do not start (%s)."
              .formatted(ExceptionUtils.getRootCauseMessage(e)),
          e);
    }
    return containers;
  }

  private static void skip(String why) {
    System.out.println("The tests with containers are skipped: " + why);
    abort(why);
  }

  /** Returns whether there is an engine. That it can't run what it has to is another matter. */
  private static boolean dockerAnswers() {
    try {
      DockerClientFactory.instance().getTransportConfig();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /** Gets an image. Run by something else than Maven, and told nothing, it is the newest. */
  private static DockerImageName image(String variable, String property, String official) {
    String name = System.getenv().getOrDefault(variable, System.getProperty(property, official));
    DockerImageName image = DockerImageName.parse(name).asCompatibleSubstituteFor(official);
    try {
      new RemoteDockerImage(image).get();
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "Docker is there, but can't get the image %s (docker pull %s says why). The environment variable %s names another one."
              .formatted(name, name, variable),
          e);
    }
    return image;
  }

  /** A container that is started again has the same port only if that is given. */
  private static <C extends GenericContainer<C>> C prepared(C container, int port)
      throws IOException {
    container.setPortBindings(List.of(KafkaBroker.freePort() + ":" + port));
    return container.withLabel(LABEL, Path.of("").toAbsolutePath().toString());
  }

  KafkaServer kafka() {
    return new KafkaServer(kafka.getBootstrapServers()) {
      @Override
      protected String output() {
        return kafka.getLogs();
      }
    };
  }

  /** Returns the books of a new database. */
  Books createDatabase(String name) {
    new Books(url(postgres.getDatabaseName())).execute("create database " + name);
    return new Books(url(name));
  }

  private String url(String database) {
    return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s"
        .formatted(
            postgres.getHost(),
            postgres.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
            database,
            postgres.getUsername(),
            postgres.getPassword());
  }

  void killKafka() {
    kill(kafka);
  }

  void startKafka() {
    start(kafka);
  }

  void killPostgres() {
    kill(postgres);
  }

  void startPostgres() {
    start(postgres);
  }

  /** Kills it by SIGKILL. */
  private static void kill(GenericContainer<?> container) {
    DockerClient docker = container.getDockerClient();
    docker.killContainerCmd(container.getContainerId()).exec();
    docker.waitContainerCmd(container.getContainerId()).start().awaitStatusCode();
  }

  /** Starts it on what is in its files. A client that comes too early tries again. */
  private static void start(GenericContainer<?> container) {
    container.getDockerClient().startContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void close() {
    kafka.stop();
    postgres.stop();
  }
}
