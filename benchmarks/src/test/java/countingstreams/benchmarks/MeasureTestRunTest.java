package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A small run, with a Maven that only starts a JVM. */
@Tag("course-check")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class MeasureTestRunTest {

  @Test
  @DisabledOnOs(OS.WINDOWS)
  @DisplayName("The floor, the test JVM and the command are in the chart, and all modules")
  void small(@TempDir Path folder) throws IOException {
    Charts.write(
        new MeasureTestRun(),
        folder.resolve("charts"),
        "--tests LESSON_1,QUERIES --rounds 1 --suite-rounds 1 --maven " + maven(folder));
    List<String> tests = List.of("lesson 1", "Structured Streaming");
    Map<String, List<String>> seconds = new LinkedHashMap<>();
    seconds.put("JVM, Spark and one batch", tests);
    seconds.put("test JVM", tests);
    seconds.put(
        "from command to verdict", List.of("lesson 1", "Structured Streaming", "all modules"));
    Charts.assertComplete(folder.resolve("charts"), "test-run", seconds);
    Charts.assertComplete(folder.resolve("charts"), "test-run-ratio", Map.of("test JVM", tests));
  }

  @ParameterizedTest(name = "{0}")
  @DisplayName("What a run can't be made of is one clear line, before anything runs")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --tests LESSON_6  | Invalid value for option '--tests' (<tests>): expected one of [LESSON_1, LESSON_2, LESSON_3, LESSON_4, LESSON_5, QUERIES] (case-sensitive) but was 'LESSON_6'
          --rounds 0        | Invalid value for option '--rounds': '0' is not a whole number from 1 on
          --suite-rounds -1 | Invalid value for option '--suite-rounds': '-1' is not a whole number from 0 on
          --charts pom.xml  | --charts pom.xml is no folder, nor a new one in a folder that is there
          """)
  void badOptions(String options, String error) {
    assertThat(Charts.refusal(new MeasureTestRun(), options)).isEqualTo(error);
  }

  /** Returns a command that writes this JVM's class path, or starts the JVM that it is given. */
  private static Path maven(Path folder) throws IOException {
    String script =
        """
        #!/usr/bin/env bash
        for option in "$@"; do
          case $option in
            -Dmdep.outputFile=*) echo 'CLASSPATH' > "${option#*=}" ;;
            -Djvm=*) "${option#*=}" FLAGS -jar none.jar || true ;;
          esac
        done
        """
            .replace("CLASSPATH", System.getProperty("java.class.path"))
            .replace("FLAGS", String.join(" ", flags()));
    Path file = Files.writeString(folder.resolve("maven"), script);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static List<String> flags() {
    return java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments();
  }
}
