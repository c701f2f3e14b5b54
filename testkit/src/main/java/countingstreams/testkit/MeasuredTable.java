package countingstreams.testkit;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;

/**
 * What a run has measured, as a table that a page of the site shows.
 *
 * @param rows numbers and texts, as many in a row as there are columns
 * @param machine what it was measured on
 */
public record MeasuredTable(
    String caption, List<String> columns, List<List<Object>> rows, String machine) {

  /** Returns a table that was measured here and now. */
  public static MeasuredTable here(String caption, List<String> columns, List<List<Object>> rows) {
    return new MeasuredTable(
        caption,
        columns,
        rows,
        "Spark %s, Java %d, %d cores, %s"
            .formatted(
                org.apache.spark.package$.MODULE$.SPARK_VERSION(),
                Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors(),
                LocalDate.now()));
  }

  /** Returns the table as the site reads it. */
  public String json() {
    return JsonData.json(this);
  }

  /**
   * Asserts that a file of {@code docs/data} has this table. To write it anew: {@code mvn test
   * -Pcourse-check -Dtraces=update}.
   */
  public void assertSameAs(Path file) {
    JsonData.assertSame(this, file);
  }

  /** Writes the table to a file of {@code docs/data}. */
  public void write(Path file) {
    JsonData.write(this, file);
  }
}
