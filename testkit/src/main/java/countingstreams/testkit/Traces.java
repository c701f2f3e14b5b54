package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps the traces that the site plays the same as what runs give. */
public final class Traces {

  private static final Path FOLDER = Path.of("../docs/traces");
  private static final String DURATIONS = "\"(durationMs|\\w+DelayMs)\":\\d+";
  private static final String MACHINE = "\"(cores\":\\d+|(java|spark)\":\"[^\"]*\")";

  private Traces() {}

  /**
   * Asserts that the committed trace of that name has the events of this run, in the same order and
   * at the same times of the manual clock. Durations and versions may differ. To write it anew:
   * {@code mvn test -Pcourse-check -Dtraces=update}.
   *
   * @param name the path of the trace in {@code docs/traces}, without ending
   */
  public static void assertSameStructure(String name, BatchRunner runner) {
    Path file = FOLDER.resolve(name + ".json");
    String fresh = runner.trace();
    try {
      if (System.getProperty("traces", "").equals("update")) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, fresh);
      } else {
        assertThat(structure(Files.readString(file)))
            .as("%s is stale: mvn test -Pcourse-check -Dtraces=update writes it anew", file)
            .isEqualTo(structure(fresh));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String structure(String trace) {
    return trace.replaceAll(DURATIONS, "$1").replaceAll(MACHINE, "");
  }
}
