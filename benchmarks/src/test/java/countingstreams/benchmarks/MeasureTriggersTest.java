package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A small run. A query checks that each event comes once and in order, or the run fails. */
@Tag("course-check")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MeasureTriggersTest {

  @Test
  @DisplayName("Each trigger is in the table, with its latencies and its batches")
  void small(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("triggers.json");
    int status =
        new CommandLine(new MeasureTriggers())
            .execute(
                ("--rounds 2 --events 50 --warmup 10 --every-ms 1 --output " + output).split(" "));
    assertThat(status).isZero();
    JsonNode table = new ObjectMapper().readTree(output.toFile());
    List<JsonNode> rows = new ArrayList<>();
    table.get("rows").forEach(rows::add);
    assertThat(rows)
        .extracting(row -> row.get(0).asText())
        .isEqualTo(Arrays.stream(TriggerSetting.values()).map(TriggerSetting::title).toList());
    assertThat(rows)
        .allSatisfy(
            row -> {
              assertThat(row).hasSize(table.get("columns").size());
              assertThat(row.get(1).asDouble()).isPositive();
              assertThat(row.get(2).asDouble()).isGreaterThanOrEqualTo(row.get(1).asDouble());
              assertThat(row.get(3).asDouble()).isGreaterThanOrEqualTo(row.get(2).asDouble());
              assertThat(row.get(4).asInt()).isGreaterThanOrEqualTo(2);
            });
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --rounds 0      | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --events 0      | Invalid value for option '--events': '0' is not a whole number from 1 on
          --warmup -1     | Invalid value for option '--warmup': '-1' is not a whole number from 0 on
          --every-ms 0    | Invalid value for option '--every-ms': '0' is not a whole number from 1 on
          --output no/x   | --output no/x is not a file in a folder that is there
          --output target | --output target is not a file in a folder that is there
          """)
  void badOptions(String options, String error) {
    StringWriter errors = new StringWriter();
    int status =
        new CommandLine(new MeasureTriggers())
            .setErr(new PrintWriter(errors, true))
            .execute(options.split(" "));
    assertThat(status).isEqualTo(2);
    assertThat(errors.toString().lines().findFirst().orElseThrow()).isEqualTo(error);
  }
}
