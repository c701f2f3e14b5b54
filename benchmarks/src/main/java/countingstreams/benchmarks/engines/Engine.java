package countingstreams.benchmarks.engines;

import java.nio.file.Files;
import java.nio.file.Path;

/** The engines that are compared, each with its program for {@link CountJob}. */
enum Engine {
  DSTREAMS("DStreams", DStreamsCount.class.getName()),
  STRUCTURED("Structured Streaming", StructuredCount.class.getName()),
  KAFKA_STREAMS("Kafka Streams", KafkaStreamsCount.class.getName()),
  FLINK("Flink", "countingstreams.flink.FlinkCount") {
    @Override
    String classPath() {
      Path jars = FLINK_FOLDER.resolve("jars");
      if (!Files.isDirectory(jars)) {
        throw new IllegalStateException(
            "There are no jars of Flink in %s: mvn -Pengines compile copies them".formatted(jars));
      }
      return "%s:%s/*".formatted(FLINK_FOLDER.resolve("classes"), jars);
    }
  };

  private static final Path FLINK_FOLDER = Path.of("flink/target");

  private final String title;
  private final String program;

  Engine(String title, String program) {
    this.title = title;
    this.program = program;
  }

  String title() {
    return title;
  }

  /** Returns the name of its main class. */
  String program() {
    return program;
  }

  /**
   * Returns the class path of its JVM.
   *
   * @throws IllegalStateException if it is not there
   */
  String classPath() {
    return System.getProperty("java.class.path");
  }

  /** Returns whether it computes batch by batch; the others compute event by event. */
  boolean isMicroBatch() {
    return this == DSTREAMS || this == STRUCTURED;
  }
}
