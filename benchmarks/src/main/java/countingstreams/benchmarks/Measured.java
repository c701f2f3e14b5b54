package countingstreams.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.ScalarResult;

/** What a round has measured, until {@link RoundProfiler} hands it to JMH. One thread uses it. */
final class Measured {

  private static final List<ScalarResult> RESULTS = new ArrayList<>();

  private Measured() {}

  /** Forgets the round before. */
  static void clear() {
    RESULTS.clear();
  }

  static void put(String name, double value, String unit) {
    RESULTS.add(new ScalarResult(name, value, unit, AggregationPolicy.AVG));
  }

  static Collection<ScalarResult> results() {
    return List.copyOf(RESULTS);
  }
}
