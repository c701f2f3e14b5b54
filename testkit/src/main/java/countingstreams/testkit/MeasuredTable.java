package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this)
          + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Asserts that a file of {@code docs/data} has this table. To write it anew: {@code mvn test
   * -Pcourse-check -Dtraces=update}.
   */
  public void assertSameAs(Path file) {
    if (System.getProperty("traces", "").equals("update")) {
      write(file);
    }
    ObjectMapper json = new ObjectMapper();
    try {
      assertThat(json.readTree(file.toFile()))
          .as("%s is stale: mvn test -Pcourse-check -Dtraces=update writes it anew", file)
          .isEqualTo(json.readTree(json()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the table to a file of {@code docs/data}. */
  public void write(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, json());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
