package countingstreams.lesson04;

import org.apache.kafka.common.TopicPartition;

/** What to say when Kafka no longer has what a batch needs. */
final class Lost {

  private static final String BEGIN_AGAIN =
      "To begin again with what Kafka has, take another checkpoint folder and another database";

  static final String MADE_AGAIN = "Was the topic deleted and made again? " + BEGIN_AGAIN;

  private Lost() {}

  /** Returns what has happened, and what to do. */
  static String message(TopicPartition partition, long wanted, long first, long end) {
    return wanted < first
        ? "Offset %d of %s is gone: Kafka has %d and later ones (retention). Records are lost. %s"
            .formatted(wanted, partition, first, BEGIN_AGAIN)
        : "Offset %d of %s is not there: Kafka ends at %d. %s"
            .formatted(wanted, partition, end, MADE_AGAIN);
  }
}
