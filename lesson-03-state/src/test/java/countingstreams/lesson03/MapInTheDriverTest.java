package countingstreams.lesson03;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Transcript;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Proves what the page of lesson 3 says of the first idea that everybody has, and of the other. */
class MapInTheDriverTest {

  // #region trap
  @Test
  @DisplayName(
      "Killed with batches 3 and 4 queued, a map in the driver counts batches 2 to 4 twice")
  void countsTwice() {
    try (BatchRunner runner = KilledTotals.of(KilledTotals::inTheDriver).start()) {
      KilledTotals.killAndRecover(runner);
      Transcript.assertMatches("map-in-the-driver", runner.lines());
    }
  }

  // #endregion trap

  // #region state-killed
  @Test
  @DisplayName("Killed in the same way, state in the RDDs of a stream counts each batch once")
  void countsOnce() {
    try (BatchRunner runner = KilledTotals.of(KilledTotals::inTheRdds).start()) {
      KilledTotals.killAndRecover(runner);
      Transcript.assertMatches("state-killed", runner.lines());
    }
  }

  // #endregion state-killed

  // #region no-crash
  @Test
  @DisplayName("As long as nothing crashes, both print the same")
  void theSameWithoutACrash() {
    try (BatchRunner one = KilledTotals.of(KilledTotals::inTheDriver).start()) {
      one.run(12);
      try (BatchRunner other = KilledTotals.of(KilledTotals::inTheRdds)) {
        one.close();
        other.start().run(12);
        assertThat(other.lines()).isEqualTo(one.lines());
      }
    }
  }
  // #endregion no-crash
}
