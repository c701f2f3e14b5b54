package countingstreams.structured04;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.Database;
import countingstreams.structured.QueryCrashes;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("course-check")
class QueryCrashesTest {

  private static final int DONE_BEFORE = 1;
  private static final int NUMBERS = 30;
  private static final int PAGES = 7;

  private final Database database = Database.inMemory();
  private QueryCrashes crashes;

  @TempDir private Path temp;

  // #region crashes
  @Test
  @DisplayName("Killed before or after its output, or between two files: each number counts once")
  void eachNumberCountsOnce() throws Exception {
    assertThat(killedAnywhere(this::query, "page_views")).isEmpty();
  }

  @Test
  @DisplayName("Without the key: a batch that was written and not known to be done counts twice")
  void withoutTheKey() throws Exception {
    assertThat(killedAnywhere(this::appending, "appended"))
        .isNotEmpty()
        .contains("print")
        .doesNotContain("write");
  }

  /** Returns the places of those kills that leave wrong totals. */
  private List<String> killedAnywhere(QueryCrashes.Driver driver, String table) throws Exception {
    List<String> wrong = new ArrayList<>();
    crashes = new QueryCrashes(driver, database::save, database::load);
    List<String> kills =
        crashes.run(
            DONE_BEFORE,
            temp.resolve("checkpoint"),
            (kill, printed) -> {
              Map<Long, Long> expected = Database.expected(batches(printed) * NUMBERS, PAGES);
              if (!database.totals(table).equals(expected)) {
                wrong.add(kill);
              }
            });
    assertThat(kills)
        .contains("write", "print")
        .filteredOn(kill -> kill.endsWith(" to 1"))
        .hasSize(2);
    return wrong;
  }

  // #endregion crashes

  private static long batches(List<String> printed) {
    return printed.stream().map(line -> line.split(" ")[1]).distinct().count();
  }

  private DataStreamWriter<?> query(SparkSession spark, Path checkpoint) throws Exception {
    return define(
        spark,
        checkpoint,
        new PageViewsSinkQuery() {
          @Override
          protected void write(Dataset<Long> views, long id) throws SQLException {
            crashes.killedBefore("write");
            super.write(views, id);
          }
        });
  }

  private DataStreamWriter<?> appending(SparkSession spark, Path checkpoint) throws Exception {
    database.execute("create table if not exists appended (page bigint, views bigint)");
    return define(
        spark,
        checkpoint,
        new PageViewsSinkQuery() {
          // #region append
          @Override
          protected void write(Dataset<Long> views, long id) {
            crashes.killedBefore("write");
            views
                .groupBy(col("value").as("page"))
                .agg(count("*").as("views"))
                .write()
                .mode(SaveMode.Append)
                .jdbc(database.url(), "appended", new Properties());
            System.out.println("batch %d | appended".formatted(id + 1));
          }
          // #endregion append
        });
  }

  private DataStreamWriter<?> define(SparkSession spark, Path checkpoint, PageViewsSinkQuery app)
      throws Exception {
    new CommandLine(app)
        .parseArgs(
            "--numbers",
            String.valueOf(NUMBERS),
            "--pages",
            String.valueOf(PAGES),
            "--partitions",
            "2",
            "--jdbc-url",
            database.url(),
            "--checkpoint",
            checkpoint.toString());
    return app.define(spark);
  }
}
