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

/** A small run. Each job checks that it has counted all numbers, or the run fails. */
@Tag("course-check")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MeasureNumbersTest {

  @Test
  @DisplayName("Both are in the chart with each number of partitions, in order, and their ratio")
  void small(@TempDir Path folder) {
    Charts.write(
        new MeasureNumbers(),
        folder,
        "--numbers 1000 --partitions 3,1 --jvms 0 --warmup 0 --rounds 2");
    List<String> partitions = List.of("1", "3");
    Charts.assertComplete(
        folder,
        "numbers",
        Map.of("solution of exercise 1.2", partitions, "SparkContext.range", partitions));
    Charts.assertComplete(
        folder,
        "numbers-ratio",
        Map.of("a JVM for each of the two", partitions, "both in one JVM", partitions));
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --numbers 0      | Invalid value for option '--numbers': '0' is not a whole number from 1 on
          --partitions 1,0 | Invalid value for option '--partitions': '0' is not a whole number from 1 on
          --jvms -1        | Invalid value for option '--jvms': '-1' is not a whole number from 0 on
          --warmup -1      | Invalid value for option '--warmup': '-1' is not a whole number from 0 on
          --rounds 0       | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --charts pom.xml | --charts pom.xml is no folder, nor a new one in a folder that is there
          --charts no/x    | --charts no/x is no folder, nor a new one in a folder that is there
          """)
  void badOptions(String options, String error) {
    assertThat(Charts.refusal(new MeasureNumbers(), options)).isEqualTo(error);
  }
}
