package countingstreams.lesson04;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A topic of Kafka whose records are numbers, and how to reach it.
 *
 * @param servers Kafka's bootstrap servers, {@code host:port}, separated by commas
 * @param name the topic's name
 * @param patienceMs how long to wait for a broker that does not answer, in milliseconds
 */
public record KafkaTopic(String servers, String name, int patienceMs) implements Topic {

  private static final int FETCH_MAX_WAIT_MS = 10;

  @Override
  public Offsets offsets() {
    return new KafkaOffsets(this);
  }

  // #region read
  /** Reads with a consumer that the executor keeps from batch to batch. */
  @Override
  public Iterator<Long> read(OffsetRange range, TaskContext task) {
    PooledConsumer consumer = PooledConsumer.borrow(this, range.partition());
    task.addTaskCompletionListener((TaskCompletionListener) done -> consumer.giveBack());
    return consumer.read(range);
  }

  // #endregion read

  /**
   * Returns a consumer that reads what it is told to: it is in no group, commits no offset, and
   * does not jump to another offset if one is gone. One thread at a time can use it.
   */
  Consumer<byte[], Long> consumer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, patienceMs);
    settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, patienceMs);
    // A range's records are there: no fetch has to wait for some to come. By default one waits half
    // a second, and a consumer that is sent back to older records waits for its end.
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_MAX_WAIT_MS);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new LongDeserializer());
  }
}
