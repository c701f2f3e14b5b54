package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaOffsetsTest {

  @ParameterizedTest
  @CsvSource({
    "'5 5 5', 30, '5 5 5'",
    "'5 5 5', 15, '5 5 5'",
    "'100 100', 10, '5 5'",
    "'1 100 100', 21, '1 10 10'",
    "'100 1 0', 10, '9 1 0'",
    "'100 100 100', 10, '3 3 4'",
    "'100 100 100', 2, '0 1 1'",
    "'0 0', 10, '0 0'"
  })
  @DisplayName("A cap is shared out; what a partition does not need, the others can have")
  void capped(String unread, long atMost, String expected) {
    List<OffsetRange> ranges = new ArrayList<>();
    for (String size : unread.split(" ")) {
      ranges.add(new OffsetRange(ranges.size(), 7, 7 + Long.parseLong(size)));
    }
    List<OffsetRange> capped = KafkaOffsets.capped(ranges, atMost);
    assertThat(capped)
        .extracting(range -> String.valueOf(range.size()))
        .isEqualTo(List.of(expected.split(" ")));
    assertThat(capped).allMatch(range -> range.from() == 7);
    assertThat(capped).extracting(OffsetRange::partition).isSorted();
  }
}
