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

/** A small run. */
@Tag("course-check")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MeasureCheckpointTest {

  @Test
  @DisplayName("Each record is in the charts, in order: how long it takes, and its bytes")
  void small(@TempDir Path folder) {
    Charts.write(new MeasureCheckpoint(), folder, "--batch-times 100,1 --warmup 0 --rounds 12");
    List<String> records = List.of("1", "100");
    Charts.assertComplete(
        folder,
        "checkpoint-ms",
        Map.of("until its bytes are there", records, "until its file is written", records));
    Charts.assertComplete(folder, "checkpoint-bytes", Map.of("checkpoint file", records));
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --batch-times 9,0 | Invalid value for option '--batch-times': '0' is not a whole number from 1 on
          --warmup -1       | Invalid value for option '--warmup': '-1' is not a whole number from 0 on
          --rounds 0        | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --charts pom.xml  | --charts pom.xml is no folder, nor a new one in a folder that is there
          """)
  void badOptions(String options, String error) {
    assertThat(Charts.refusal(new MeasureCheckpoint(), options)).isEqualTo(error);
  }
}
