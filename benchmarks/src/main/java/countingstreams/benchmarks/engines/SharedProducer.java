package countingstreams.benchmarks.engines;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.LongSerializer;

/** Writes counts to a topic. The tasks of an executor share one. */
final class SharedProducer {

  private static SharedProducer instance;

  private final String topic;
  private final KafkaProducer<Long, Long> producer;
  private volatile Exception failure;

  private SharedProducer(String servers, String topic) {
    this.topic = topic;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers,
                ProducerConfig.LINGER_MS_CONFIG,
                0),
            new LongSerializer(),
            new LongSerializer());
  }

  /** Returns the one that this JVM has. */
  static synchronized SharedProducer to(String servers, String topic) {
    if (instance == null) {
      instance = new SharedProducer(servers, topic);
    }
    return instance;
  }

  void send(long page, long count) {
    producer.send(
        new ProducerRecord<>(topic, page, count),
        (written, error) -> {
          if (error != null) {
            failure = error;
          }
        });
  }

  /**
   * Waits until Kafka has all that was sent.
   *
   * @throws KafkaException if it has not taken all
   */
  void flush() {
    producer.flush();
    if (failure != null) {
      throw new KafkaException("Not all counts were written.", failure);
    }
  }
}
