package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TranscriptTest {

  private static final List<String> EXPECTED =
      List.of(
          "batch 1 | partition 0 | 0 1", "batch 1 | partition 1 | ", "batch 2 | partition 0 | 2");

  @Test
  void acceptsTheSameLines() {
    assertThatCode(() -> Transcript.assertMatches("x", EXPECTED, List.copyOf(EXPECTED)))
        .doesNotThrowAnyException();
  }

  @Test
  void marksTheFirstBatchThatDiffers() {
    assertThatThrownBy(
            () ->
                Transcript.assertMatches(
                    "x",
                    EXPECTED,
                    List.of(
                        "batch 1 | partition 0 | 0 1",
                        "batch 1 | partition 1 | ",
                        "batch 2 | partition 0 | 3")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Batch 2 is the first that differs from expected/x.txt.")
        .hasMessageContaining("     batch 1    partition 0 | 0 1 ")
        .hasMessageContaining("  => batch 2    partition 0 | 2 ")
        .hasMessageContaining(" ≠ partition 0 | 3");
  }

  @Test
  void showsLinesThatAreMissing() {
    assertThatThrownBy(() -> Transcript.assertMatches("x", EXPECTED, EXPECTED.subList(0, 1)))
        .hasMessageContaining("Batch 1 is the first that differs")
        .hasMessageContaining("≠ (no such line)");
  }

  @Test
  void tellsTwoKindsOfEmptyApart() {
    assertThatThrownBy(
            () ->
                Transcript.assertMatches(
                    "x", List.of("batch 1 | ", "batch 2 | 5"), List.of("batch 2 | 5")))
        .hasMessageContaining("=> batch 1")
        .hasMessageContaining("(nothing)")
        .hasMessageContaining("≠ (no such line)");
  }

  @Test
  void seesAWrongOrderOfBatches() {
    assertThatThrownBy(
            () ->
                Transcript.assertMatches(
                    "x",
                    List.of("batch 1 | 0", "batch 2 | 1"),
                    List.of("batch 2 | 1", "batch 1 | 0")))
        .hasMessageContaining("Each batch is right, but they came in another order");
  }

  @Test
  void namesAMissingFile() {
    assertThatThrownBy(() -> Transcript.expected("absent"))
        .hasMessage("No src/test/resources/expected/absent.txt");
  }
}
