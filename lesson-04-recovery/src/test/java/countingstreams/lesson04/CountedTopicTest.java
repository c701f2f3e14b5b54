package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountedTopicTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  @DisplayName("Each batch has the next numbers, however many partitions and records it may have")
  void nextNumbers(int partitions) {
    CountedTopic topic = new CountedTopic(partitions);
    Map<Integer, Long> positions = new HashMap<>();
    long next = 0;
    try (Topic.Offsets offsets = topic.offsets()) {
      for (long atMost : new long[] {1, 5, 1, 12, 3}) {
        List<Long> numbers = new ArrayList<>();
        List<OffsetRange> ranges = offsets.next(positions, atMost);
        assertThat(ranges).extracting(OffsetRange::partition).isSorted().hasSize(partitions);
        for (OffsetRange range : ranges) {
          assertThat(range.from()).isEqualTo(positions.getOrDefault(range.partition(), 0L));
          positions.put(range.partition(), range.until());
          topic.read(range, null).forEachRemaining(numbers::add);
          topic
              .read(range, null)
              .forEachRemaining(again -> assertThat(numbers).as("read again").contains(again));
        }
        assertThat(numbers)
            .containsExactlyInAnyOrderElementsOf(
                LongStream.range(next, next + atMost).boxed().toList());
        next += atMost;
      }
    }
  }

  @Test
  @DisplayName("A topic without partitions is refused")
  void noPartition() {
    assertThatThrownBy(() -> new CountedTopic(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("partitions must be 1 or more: 0");
  }
}
