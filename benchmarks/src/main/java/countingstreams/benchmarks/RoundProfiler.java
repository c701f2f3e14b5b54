package countingstreams.benchmarks;

import java.util.Collection;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/** Hands JMH what a benchmark has {@link Measured} in a round. Made by JMH. */
public final class RoundProfiler implements InternalProfiler {

  @Override
  public String getDescription() {
    return "What a round has measured of each that is compared";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

  @Override
  public Collection<ScalarResult> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    return Measured.results();
  }
}
