package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A record as a file of {@code docs/data}, which the site reads. */
final class JsonData {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private JsonData() {}

  /** Returns the data as the site reads it. */
  static String json(Record data) {
    try {
      return JSON.writeValueAsString(data) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the data to a file, whose folder is made if it is not there. */
  static void write(Record data, Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, json(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asserts that a file has this data. With {@code -Dtraces=update} it is written anew before. */
  static void assertSame(Record data, Path file) {
    if (System.getProperty("traces", "").equals("update")) {
      write(data, file);
    }
    try {
      assertThat(JSON.readTree(file.toFile()))
          .as("%s is stale: mvn test -Pcourse-check -Dtraces=update writes it anew", file)
          .isEqualTo(JSON.readTree(json(data)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
