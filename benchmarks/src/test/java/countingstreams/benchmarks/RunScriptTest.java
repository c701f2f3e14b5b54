package countingstreams.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What the script says before it starts anything. */
@Tag("course-check")
@DisabledOnOs(OS.WINDOWS)
class RunScriptTest {

  private static final Path SCRIPT = Path.of("run").toAbsolutePath();

  private record Ended(int status, String output) {}

  @Test
  @DisplayName("Without a name it lists all, also in another folder")
  void list() throws IOException, InterruptedException {
    Ended ended = run();
    assertThat(ended.status()).isZero();
    assertThat(ended.output())
        .contains(names())
        .isEqualTo(run("--help").output())
        .contains("docs/data/charts/empty-batch.json");
  }

  @Test
  @DisplayName("A name that there is not: one clear line with all that there are, and status 2")
  void unknown() throws IOException, InterruptedException {
    Ended ended = run("speed");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.output().lines().findFirst().orElseThrow())
        .startsWith("There is no measurement 'speed'. There are: ")
        .contains(names());
  }

  @Test
  @DisplayName("Each program that it names is there")
  void programs() throws IOException {
    assertThat(found("program=([\\w.]+)"))
        .isNotEmpty()
        .allSatisfy(name -> Class.forName("countingstreams.benchmarks." + name));
  }

  private static List<String> names() throws IOException {
    return List.of(found("(?m)^names=\"(.*)\"$").get(0).split(" "));
  }

  private static List<String> found(String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(SCRIPT))
        .results()
        .map((MatchResult result) -> result.group(1))
        .toList();
  }

  private static Ended run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(SCRIPT.getRoot().toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }
}
