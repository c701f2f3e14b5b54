package countingstreams.lesson04;

import java.io.Serializable;

/**
 * Some records of one partition of a Kafka topic.
 *
 * @param partition the number of Kafka's partition
 * @param from the first offset
 * @param until the offset after the last one
 */
public record OffsetRange(int partition, long from, long until) implements Serializable {

  /**
   * @throws IllegalArgumentException if it would end before it begins
   */
  public OffsetRange {
    if (until < from) {
      throw new IllegalArgumentException(
          "partition %d: %d to %d".formatted(partition, from, until));
    }
  }

  /** Returns how many offsets it has. */
  public long size() {
    return until - from;
  }
}
