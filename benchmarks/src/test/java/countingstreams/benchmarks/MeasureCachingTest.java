package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.benchmarks.CachingJob.Batch;
import countingstreams.benchmarks.CachingJob.Setting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * Small runs. Each batch checks what its outputs have read and how often it was computed, or the
 * run fails.
 */
@Tag("course-check")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class MeasureCachingTest {

  private static final int RECORDS = 1001; // Its partitions are not the same size.

  @Test
  @DisplayName(
      "Each cost, level and number of outputs is in the results, in order, with its batches")
  void small(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("results.json");
    int status =
        new CommandLine(new MeasureCaching())
            .execute(
                ("--cost 10,1,0.1 --outputs 3,1 --levels DISK_ONLY,MEMORY_ONLY_SER --batch-ms 1 --most-records 5000"
                        + " --warmup 1 --rounds 4 --output "
                        + output)
                    .split(" "));
    assertThat(status).isZero();
    JsonNode report = new ObjectMapper().readTree(output.toFile());
    assertThat(report.get("serializer").asText()).endsWith(".JavaSerializer");
    assertThat(list(report.get("maps")))
        .extracting(map -> map.get("microseconds").asDouble(), map -> map.get("records").asInt())
        .containsExactly(tuple(0.1, 5000), tuple(1.0, 2000), tuple(10.0, 200));
    assertThat(list(report.get("maps")))
        .allSatisfy(map -> assertThat(map.get("measuredMicroseconds").asDouble()).isPositive())
        .allSatisfy(map -> assertThat(map.get("hashes").asInt()).isPositive());
    assertThat(list(report.get("results")))
        .extracting(
            result -> result.get("microseconds").asDouble(),
            result -> result.get("level").asText(),
            result -> result.get("outputs").asInt(),
            result -> result.get("computations").asInt())
        .containsExactly(
            tuple(0.1, "NONE", 1, 5000),
            tuple(0.1, "NONE", 3, 15_000),
            tuple(0.1, "MEMORY_ONLY_SER", 1, 5000),
            tuple(0.1, "MEMORY_ONLY_SER", 3, 5000),
            tuple(0.1, "DISK_ONLY", 1, 5000),
            tuple(0.1, "DISK_ONLY", 3, 5000),
            tuple(1.0, "NONE", 1, 2000),
            tuple(1.0, "NONE", 3, 6000),
            tuple(1.0, "MEMORY_ONLY_SER", 1, 2000),
            tuple(1.0, "MEMORY_ONLY_SER", 3, 2000),
            tuple(1.0, "DISK_ONLY", 1, 2000),
            tuple(1.0, "DISK_ONLY", 3, 2000),
            tuple(10.0, "NONE", 1, 200),
            tuple(10.0, "NONE", 3, 600),
            tuple(10.0, "MEMORY_ONLY_SER", 1, 200),
            tuple(10.0, "MEMORY_ONLY_SER", 3, 200),
            tuple(10.0, "DISK_ONLY", 1, 200),
            tuple(10.0, "DISK_ONLY", 3, 200));
    assertThat(list(report.get("results")))
        .allSatisfy(
            result -> {
              assertThat(result.get("batches").asInt()).isEqualTo(4);
              assertThat(result.get("batchMs")).hasSize(4);
              assertThat(result.get("medianMs").asDouble())
                  .isPositive()
                  .isLessThanOrEqualTo(result.get("worstMs").asDouble());
              assertThat(result.get("memoryBytes").asLong() > 0)
                  .isEqualTo(result.get("level").asText().startsWith("MEMORY"));
              assertThat(result.get("diskBytes").asLong() > 0)
                  .isEqualTo(result.get("level").asText().equals("DISK_ONLY"));
            });
  }

  @Test
  @DisplayName("In any order, batches of all levels are computed as often as they should be")
  void computations() throws Exception {
    List<Setting> settings = new ArrayList<>();
    for (Storage storage : Storage.values()) {
      settings.add(new Setting(storage, 1));
      settings.add(new Setting(storage, 4));
    }
    Random random = new Random(5);
    try (CachingJob job = new CachingJob(new BusyMap(3, RECORDS), settings)) {
      for (int i = 0; i < 3 * settings.size(); i++) {
        Setting setting = settings.get(random.nextInt(settings.size()));
        Batch batch = job.run(setting);
        assertThat(batch.computations())
            .as("%s", setting)
            .isEqualTo(setting.storage() == Storage.NONE ? setting.outputs() * RECORDS : RECORDS);
      }
    }
  }

  @Test
  @DisplayName("A setting that the job does not have is an error: its batch would never be done")
  void unknownSetting() throws Exception {
    Setting two = new Setting(Storage.NONE, 2);
    Setting one = new Setting(Storage.NONE, 1);
    try (CachingJob job = new CachingJob(new BusyMap(1, RECORDS), List.of(two))) {
      assertThatThrownBy(() -> job.run(one))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("%s is none of [%s]", one, two);
    }
  }

  @Test
  @DisplayName("The map adds a hash to a number: numbers with one remainder have one hash")
  void map() throws Exception {
    BusyMap map = new BusyMap(2, RECORDS);
    assertThat(map.call(7L)).isEqualTo(7 + Checksum.of(Checksum.of(7, 0), 1));
    assertThat(map.call(7L + 5 * RECORDS) - 5 * RECORDS).isEqualTo(map.call(7L));
    BusyMap.calls();
    long sum = 0;
    for (long number : LongStream.range(0, RECORDS).toArray()) {
      sum += map.call(number);
    }
    assertThat(BusyMap.calls()).isEqualTo(RECORDS);
    assertThat(map.pass().sum()).isEqualTo(sum);
    assertThat(BusyMap.calls()).isEqualTo(RECORDS);
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --cost 0.05     | Invalid value for option '--cost': '0.05' is not a number of microseconds from 0.1 on
          --cost 10,-1    | Invalid value for option '--cost': '-1.0' is not a number of microseconds from 0.1 on
          --cost NaN      | Invalid value for option '--cost': 'NaN' is not a number of microseconds from 0.1 on
          --outputs 2,0   | Invalid value for option '--outputs': '0' is not a whole number from 1 on
          --rounds 0      | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --warmup -1     | Invalid value for option '--warmup': '-1' is not a whole number from 0 on
          --batch-ms 0    | Invalid value for option '--batch-ms': '0' is not a whole number from 1 on
          --most-records 0| Invalid value for option '--most-records': '0' is not a whole number from 1 on
          --levels DISK   | Invalid value for option '--levels' (<levels>): expected one of [NONE, MEMORY_ONLY, MEMORY_ONLY_SER, MEMORY_AND_DISK, DISK_ONLY] (case-sensitive) but was 'DISK'
          --output no/x   | --output no/x is not a file in a folder that is there
          --output target | --output target is not a file in a folder that is there
          """)
  void badOptions(String options, String error) {
    StringWriter errors = new StringWriter();
    int status =
        new CommandLine(new MeasureCaching())
            .setErr(new PrintWriter(errors, true))
            .execute(options.split(" "));
    assertThat(status).isEqualTo(2);
    assertThat(errors.toString().lines().findFirst().orElseThrow()).isEqualTo(error);
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> list = new ArrayList<>();
    array.forEach(list::add);
    return list;
  }
}
