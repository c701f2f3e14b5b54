package countingstreams.structured02;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.QueryCrashes;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("course-check")
class QueryCrashesTest {

  private static final int DONE_BEFORE = 2;

  @TempDir private Path temp;

  // #region crashes
  @Test
  @DisplayName("Killed between any two changes to its files: no batch is lost or has other numbers")
  void killedAnywhere() throws Exception {
    List<String> kills =
        new QueryCrashes(QueryCrashesTest::query, () -> "", saved -> {})
            .run(DONE_BEFORE, temp.resolve("checkpoint"), QueryCrashesTest::check);
    assertThat(kills).contains("print").filteredOn(kill -> kill.endsWith(" to 2")).hasSize(2);
  }

  private static void check(String before, List<String> printed) {
    Set<String> lines = new LinkedHashSet<>(printed);
    assertThat(lines)
        .as("Killed before: " + before)
        .hasSizeGreaterThanOrEqualTo(DONE_BEFORE + 2)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, lines.size()).mapToObj(KillAndRestart::line).toList());
  }

  // #endregion crashes

  private static DataStreamWriter<?> query(SparkSession spark, Path checkpoint) throws Exception {
    CheckpointedCountingQuery app = new CheckpointedCountingQuery();
    new CommandLine(app)
        .parseArgs(
            "--numbers",
            String.valueOf(KillAndRestart.NUMBERS),
            "--checkpoint",
            checkpoint.toString());
    return app.query(spark);
  }
}
