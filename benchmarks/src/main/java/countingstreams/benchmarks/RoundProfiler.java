package countingstreams.benchmarks;

import java.util.Collection;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/** Hands JMH what {@link StateBenchmark} has measured in a round. Made by JMH. */
public final class RoundProfiler implements InternalProfiler {

  @Override
  public String getDescription() {
    return "Time, bytes and memory of each candidate";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

  @Override
  public Collection<ScalarResult> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    return StateBenchmark.measured().entrySet().stream()
        .map(
            value ->
                new ScalarResult(
                    value.getKey(),
                    value.getValue(),
                    value.getKey().endsWith("ms") ? "ms" : "B",
                    AggregationPolicy.AVG))
        .toList();
  }
}
