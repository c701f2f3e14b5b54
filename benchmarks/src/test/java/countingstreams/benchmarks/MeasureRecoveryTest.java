package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A small run. Each recovery checks all totals, or the run fails. */
@Tag("course-check")
@Timeout(value = 5, unit = TimeUnit.MINUTES) // each driver is a JVM of its own
class MeasureRecoveryTest {

  @Test
  @DisplayName("Each way to keep totals is in the chart with each number of keys, in order")
  void small(@TempDir Path folder) {
    Charts.write(new MeasureRecovery(), folder, "--keys 1000 --rounds 1");
    List<String> keys = List.of("1,000");
    Charts.assertComplete(
        folder,
        "recovery-time",
        Map.of("updateStateByKey", keys, "mapWithState", keys, "own state stream", keys));
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --keys 10,-1     | Invalid value for option '--keys': '-1' is not 0 or a divisor of a power of ten, at most 10^9
          --keys 3         | Invalid value for option '--keys': '3' is not 0 or a divisor of a power of ten, at most 10^9
          --rounds 0       | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --charts pom.xml | --charts pom.xml is no folder, nor a new one in a folder that is there
          """)
  void badOptions(String options, String error) {
    assertThat(Charts.refusal(new MeasureRecovery(), options)).isEqualTo(error);
  }
}
