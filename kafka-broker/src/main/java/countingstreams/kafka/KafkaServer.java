package countingstreams.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongSerializer;

/** What tests ask of Kafka, wherever it runs. */
public abstract class KafkaServer {

  private static final int PATIENCE_MS = 60_000;

  private final String servers;

  /**
   * @param servers its bootstrap servers, as clients know them
   */
  protected KafkaServer(String servers) {
    this.servers = servers;
  }

  /** Returns what the broker has printed. */
  protected abstract String output();

  /** Returns its bootstrap servers. */
  public final String servers() {
    return servers;
  }

  /** Makes a topic. */
  public final void create(String name, int partitions) {
    await(admin -> admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all());
  }

  /** Gives a topic more partitions. */
  public final void grow(String topic, int partitions) {
    await(
        admin -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all());
  }

  /** Deletes a topic. */
  public final void delete(String topic) {
    await(admin -> admin.deleteTopics(List.of(topic)).all());
  }

  /** Deletes the records of a partition before an offset, as retention does. */
  public final void forget(String topic, int partition, long offset) {
    await(
        admin ->
            admin
                .deleteRecords(
                    Map.of(
                        new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(offset)))
                .all());
  }

  /** Writes numbers, in order: each goes to the partition that is its remainder. */
  public final void write(String topic, int partitions, long from, long until) {
    Map<String, Object> settings =
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers, ProducerConfig.ACKS_CONFIG, "all");
    try (KafkaProducer<Long, Long> producer =
        new KafkaProducer<>(settings, new LongSerializer(), new LongSerializer())) {
      List<Future<?>> written = new ArrayList<>();
      for (long number = from; number < until; number++) {
        int partition = (int) (number % partitions);
        written.add(producer.send(new ProducerRecord<>(topic, partition, null, number)));
      }
      for (Future<?> one : written) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(output(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while Kafka was written to.", e);
    }
  }

  /** Asks Kafka for something, and waits until it is done. */
  protected final void await(Function<Admin, KafkaFuture<?>> request) {
    Map<String, Object> settings =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MS,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MS);
    try (Admin admin = Admin.create(settings)) {
      request.apply(admin).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(output(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for Kafka.", e);
    }
  }
}
