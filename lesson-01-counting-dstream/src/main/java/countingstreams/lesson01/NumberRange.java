package countingstreams.lesson01;

import java.io.Serializable;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Consecutive numbers: all that a batch has to know about its input. Kafka's direct stream keeps
 * the same two numbers for each of its partitions, and calls them an offset range.
 *
 * @param from the first number
 * @param until the number after the last one, not before {@code from}
 */
public record NumberRange(long from, long until) implements Serializable {

  public NumberRange {
    if (until < from) {
      throw new IllegalArgumentException("A range can't end (" + until + ") before " + from + ".");
    }
  }

  /** Returns how many numbers there are. */
  public long size() {
    return until - from;
  }

  /** Returns all numbers of the range, in memory. */
  public List<Long> toList() {
    return LongStream.range(from, until).boxed().toList();
  }
}
