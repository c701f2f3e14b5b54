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
import picocli.CommandLine;

/** A small run: each candidate checks the totals of each batch, or the run fails. */
@Tag("course-check")
@Timeout(value = 10, unit = TimeUnit.MINUTES) // each run is a JVM of its own
class MeasureStateTest {

  @Test
  @DisplayName("All candidates give right totals, and are in the results")
  void small(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("results.json");
    int status =
        new CommandLine(new MeasureState())
            .execute(
                ("--pages 1000 --percent 10 --warmup 1 --rounds 11 --output " + output).split(" "));
    assertThat(status).isZero();
    List<JsonNode> results = new ArrayList<>();
    new ObjectMapper().readTree(output.toFile()).get("results").forEach(results::add);
    assertThat(results)
        .extracting(result -> result.get("candidate").asText())
        .isEqualTo(Arrays.stream(Candidate.values()).map(Candidate::title).toList());
    assertThat(results)
        .allSatisfy(
            result -> {
              assertThat(result.get("batches").asInt()).isEqualTo(11);
              assertThat(result.get("medianMs").asDouble()).isPositive();
            });
  }

  @Test
  @DisplayName("--add keeps what the file has of other settings, and replaces what it has of these")
  void add(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("results.json");
    for (String options : List.of("--percent 10", "--percent 1 --add", "--percent 10 --add")) {
      int status =
          new CommandLine(new MeasureState())
              .execute(
                  ("--pages 1000 --warmup 0 --rounds 1 --output " + output + " " + options)
                      .split(" "));
      assertThat(status).isZero();
    }
    List<Double> percent = new ArrayList<>();
    new ObjectMapper()
        .readTree(output.toFile())
        .get("results")
        .forEach(result -> percent.add(result.get("percentTouched").asDouble()));
    int candidates = Candidate.values().length;
    assertThat(percent)
        .startsWith(1.0)
        .endsWith(10.0)
        .hasSize(2 * candidates)
        .filteredOn(p -> p == 10)
        .hasSize(candidates);
  }

  @Test
  @DisplayName("--add without a file to add to: one clear line, exit status 2, and nothing written")
  void nothingToAddTo(@TempDir Path folder) {
    Path none = folder.resolve("none.json");
    StringWriter errors = new StringWriter();
    int status =
        new CommandLine(new MeasureState())
            .setErr(new PrintWriter(errors, true))
            .execute("--add", "--output", none.toString());
    assertThat(status).isEqualTo(2);
    assertThat(errors.toString().lines().findFirst().orElseThrow())
        .isEqualTo(
            "--add needs a file to add to: --output %s is none, leave --add out".formatted(none));
    assertThat(none).doesNotExist();
  }
}
