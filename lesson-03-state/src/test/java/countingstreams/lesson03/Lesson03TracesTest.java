package countingstreams.lesson03;

import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Traces;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Records the runs that the page of lesson 3 plays. */
@Tag("course-check")
class Lesson03TracesTest {

  @Test
  void mapInTheDriverKilled() {
    record(
        "map-in-the-driver-killed",
        "A map in the driver, killed",
        KilledTotals.of(KilledTotals::inTheDriver));
  }

  @Test
  void stateKilled() {
    record("state-killed", "State in RDDs, killed", KilledTotals.of(KilledTotals::inTheRdds));
  }

  private static void record(String name, String title, BatchRunner totals) {
    try (BatchRunner runner = totals.recording(title).start()) {
      KilledTotals.killAndRecover(runner);
      Traces.assertSameStructure("lesson-03/" + name, runner);
    }
  }
}
