package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

/** A small run. Each batch checks that it is empty and had its output, or the run fails. */
@Tag("course-check")
@Timeout(value = 5, unit = TimeUnit.MINUTES) // each stream is a JVM of its own
class MeasureEmptyBatchTest {

  @Test
  @DisplayName("Each stream is in the charts, with its time and its ratio to the one before")
  void small(@TempDir Path folder) {
    Charts.write(new MeasureEmptyBatch(), folder, "--sets 1 --warmup 0 --rounds 4");
    List<String> streams = Arrays.stream(EmptyBatch.values()).map(EmptyBatch::title).toList();
    Charts.assertComplete(folder, "empty-batch-ms", ofBoth(streams));
    Charts.assertComplete(
        folder,
        "empty-batch",
        ofBoth(
            List.of(
                "lesson 1 ÷ ConstantInputDStream",
                "lesson 1, checkpoints on ÷ lesson 1",
                "lesson 2 ÷ lesson 1, checkpoints on",
                "lesson 3, views ÷ lesson 2",
                "lesson 3, state ÷ lesson 3, views",
                "lesson 4 ÷ lesson 3, views",
                "lesson 5 ÷ lesson 4")));
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --sets 0         | Invalid value for option '--sets': '0' is not a whole number from 1 on
          --warmup -1      | Invalid value for option '--warmup': '-1' is not a whole number from 0 on
          --rounds 0       | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --charts pom.xml | --charts pom.xml is no folder, nor a new one in a folder that is there
          """)
  void badOptions(String options, String error) {
    assertThat(Charts.refusal(new MeasureEmptyBatch(), options)).isEqualTo(error);
  }

  private static Map<String, List<String>> ofBoth(List<String> points) {
    Map<String, List<String>> series = new LinkedHashMap<>();
    series.put("until it is completed", points);
    series.put("until its checkpoint is written, too", points);
    return series;
  }
}
