package countingstreams.lesson04;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongSerializer;

/**
 * Writes the numbers 0, 1, 2, … to a topic, all the time, each once: as Kafka's producer is
 * idempotent, also when the broker dies. Each number goes to the partition that is its remainder.
 */
final class SteadyProducer implements AutoCloseable {

  private static final int EVERY_MS = 25;
  private static final int AT_ONCE = 5;

  private final String topic;
  private final int partitions;
  private final KafkaProducer<Long, Long> producer;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private boolean paused;
  private long next;
  private volatile Exception failure;

  /**
   * @param patience for how long a broker may be dead
   */
  SteadyProducer(String servers, String topic, int partitions, Duration patience) {
    this.topic = topic;
    this.partitions = partitions;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                (int) patience.toMillis()),
            new LongSerializer(),
            new LongSerializer());
    timer.scheduleAtFixedRate(this::write, 0, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  private synchronized void write() {
    for (int i = 0; i < AT_ONCE && !paused && failure == null; i++) {
      int partition = (int) (next % partitions);
      producer.send(
          new ProducerRecord<>(topic, partition, null, next),
          (written, error) -> {
            if (error != null) {
              failure = error;
            }
          });
      next++;
    }
  }

  /** Waits until Kafka has all that was written, and returns how many numbers that are. */
  synchronized long pause() {
    paused = true;
    producer.flush();
    if (failure != null) {
      throw new IllegalStateException("Kafka has not taken all numbers.", failure);
    }
    return next;
  }

  /** Goes on. */
  synchronized void resume() {
    paused = false;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    producer.close(Duration.ZERO);
  }
}
