package countingstreams.lesson04;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Chooses what a batch reads. Used on the driver, by the thread that generates jobs. */
final class KafkaOffsets implements Topic.Offsets {

  private final KafkaTopic topic;
  private final Consumer<byte[], Long> consumer;

  KafkaOffsets(KafkaTopic topic) {
    this.topic = topic;
    this.consumer = topic.consumer();
  }

  // #region next
  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the topic has lost records that were not read yet, or a
   *     partition. A topic that was made again, and has more records than were read, looks the same
   * @throws org.apache.kafka.common.errors.TimeoutException if no broker answers
   */
  @Override
  public List<OffsetRange> next(Map<Integer, Long> before, long atMost) {
    List<TopicPartition> partitions = partitions();
    for (int known : before.keySet()) {
      if (!partitions.contains(new TopicPartition(topic.name(), known))) {
        throw new IllegalStateException(
            "%s-%d is not there any more. %s".formatted(topic.name(), known, Lost.MADE_AGAIN));
      }
    }
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    List<OffsetRange> unread = new ArrayList<>();
    for (TopicPartition partition : partitions) {
      long from = before.getOrDefault(partition.partition(), first.get(partition));
      if (from < first.get(partition) || from > end.get(partition)) {
        throw new IllegalStateException(
            Lost.message(partition, from, first.get(partition), end.get(partition)));
      }
      unread.add(new OffsetRange(partition.partition(), from, end.get(partition)));
    }
    return capped(unread, atMost);
  }

  /** Shares out so many records. What a partition does not need, the others can have. */
  static List<OffsetRange> capped(List<OffsetRange> unread, long atMost) {
    List<OffsetRange> capped = new ArrayList<>();
    long left = atMost;
    List<OffsetRange> shortestFirst = new ArrayList<>(unread);
    shortestFirst.sort(Comparator.comparingLong(OffsetRange::size));
    for (int i = 0; i < shortestFirst.size(); i++) {
      OffsetRange range = shortestFirst.get(i);
      long share = Math.min(range.size(), left / (shortestFirst.size() - i));
      capped.add(new OffsetRange(range.partition(), range.from(), range.from() + share));
      left -= share;
    }
    capped.sort(Comparator.comparingInt(OffsetRange::partition));
    return capped;
  }

  // #endregion next

  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (PartitionInfo partition : consumer.partitionsFor(topic.name())) {
      partitions.add(new TopicPartition(topic.name(), partition.partition()));
    }
    if (partitions.isEmpty()) {
      throw new IllegalStateException(
          "There is no topic %s at %s.".formatted(topic.name(), topic.servers()));
    }
    return partitions;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
