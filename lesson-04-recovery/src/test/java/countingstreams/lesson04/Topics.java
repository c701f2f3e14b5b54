package countingstreams.lesson04;

import countingstreams.kafka.KafkaServer;

/** Topics of a Kafka that a test has. */
final class Topics {

  private static final int PATIENCE_MS = 60_000;

  private Topics() {}

  /** Makes a topic. */
  static KafkaTopic create(KafkaServer kafka, String name, int partitions) {
    kafka.create(name, partitions);
    return topic(kafka, name);
  }

  /** Returns a topic that is there. */
  static KafkaTopic topic(KafkaServer kafka, String name) {
    return new KafkaTopic(kafka.servers(), name, PATIENCE_MS);
  }
}
