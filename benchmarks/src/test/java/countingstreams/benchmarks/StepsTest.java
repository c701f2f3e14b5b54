package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StepsTest {

  @Test
  @DisplayName("What is left takes as long as what was, step by step")
  void left() {
    Iterator<Long> seconds = List.of(100L, 100L, 300L, 320L).iterator();
    Steps steps = new Steps("Round", 3, () -> TimeUnit.SECONDS.toNanos(seconds.next()));
    assertThat(List.of(steps.next("a"), steps.next("b"), steps.next("c")))
        .containsExactly(
            "Round 1 of 3: a",
            "Round 2 of 3, about 7 min left: b",
            "Round 3 of 3, about 110 s left: c");
  }
}
