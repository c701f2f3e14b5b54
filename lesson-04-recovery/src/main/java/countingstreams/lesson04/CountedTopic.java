package countingstreams.lesson04;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;

/**
 * A topic without a broker, which has all numbers from 0 on: they go to its partitions in turn, so
 * that offset {@code o} of partition {@code p} is number {@code o * partitions + p}.
 *
 * @param partitions how many there are, 1 or more
 */
public record CountedTopic(int partitions) implements Topic {

  /**
   * @throws IllegalArgumentException if there would be no partition
   */
  public CountedTopic {
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be 1 or more: " + partitions);
    }
  }

  @Override
  public Offsets offsets() {
    return new Counted();
  }

  @Override
  public Iterator<Long> read(OffsetRange range, TaskContext task) {
    return LongStream.range(range.from(), range.until())
        .map(offset -> offset * partitions + range.partition())
        .iterator();
  }

  private final class Counted implements Offsets {

    /** There is always more, so a batch has all that it may: the next numbers, without a gap. */
    @Override
    public List<OffsetRange> next(Map<Integer, Long> before, long atMost) {
      long end = before.values().stream().mapToLong(Long::longValue).sum() + atMost;
      List<OffsetRange> ranges = new ArrayList<>();
      for (int p = 0; p < partitions; p++) {
        long until = (end - p + partitions - 1) / partitions; // how many numbers below end it has
        ranges.add(new OffsetRange(p, before.getOrDefault(p, 0L), until));
      }
      return ranges;
    }

    @Override
    public void close() {}
  }
}
