package countingstreams.structured01;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.Lives;
import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CountingQueryTest {

  @Test
  @DisplayName("Prints the UI's address, then lesson 1's own lines, and stops by itself")
  void prints() {
    Printed printed =
        run("--batches", "3", "--numbers", "6", "--partitions", "4", "--interval", "100");
    assertThat(printed.status()).isZero();
    assertThat(printed.lines().get(0))
        .matches("Spark's web UI: http://\\S+:\\d+ \\(Ctrl-C stops the app\\)");
    Transcript.assertMatches("counting-app", printed.batches());
  }

  // #region dealt
  @Test
  @DisplayName("rate-micro-batch deals numbers out in turn, and has a batch for each trigger")
  void deals() throws Exception {
    List<List<Long>> partitions = new ArrayList<>();
    try (SparkSession spark = Lives.session().getOrCreate()) {
      Lives.live(
          spark
              .readStream()
              .format("rate-micro-batch")
              .option("rowsPerBatch", 6)
              .option("numPartitions", 4)
              .load()
              .select("value")
              .as(Encoders.LONG())
              .writeStream()
              .foreachBatch(
                  (Dataset<Long> batch, Long id) ->
                      partitions.addAll(batch.javaRDD().glom().collect())));
    }
    assertThat(partitions)
        .containsExactly(List.of(0L, 4L), List.of(1L, 5L), List.of(2L), List.of(3L));
  }

  // #endregion dealt

  @Test
  @DisplayName("A bad option: one line with the mistake and the allowed values, usage, 2")
  void refuses() {
    Printed printed = run("--partitions", "0");
    assertThat(printed.status()).isEqualTo(2);
    assertThat(printed.errors().get(0))
        .contains("'--partitions': '0' is not a whole number from 1 to 1000000.");
    assertThat(printed.errors()).anyMatch(line -> line.contains("Usage: CountingQuery"));
  }

  private static Printed run(String... options) {
    return Printed.by(CountingQuery.commandLine(), options);
  }
}
