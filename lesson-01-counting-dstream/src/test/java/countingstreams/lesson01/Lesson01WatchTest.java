package countingstreams.lesson01;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.watch.WatchedTerminal;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A learner's session with the watch, on a pseudo-terminal, against the screens it must show. */
@Tag("course-check")
class Lesson01WatchTest {

  private static final Path SESSION = Path.of("src/test/resources/expected/watch-session.txt");
  private static final String TEST_CLASSES = "target/test-classes";
  private static final String EXERCISE =
      "src/exercises/java/countingstreams/lesson01/exercises/PartitionCount.java";
  private static final String SOLUTION =
      "src/solutions/java/countingstreams/lesson01/exercises/PartitionCount.java";
  private static final String WRONG_ANSWER =
      "src/wrong-answers/1.1/deals-in-turn/PartitionCount.java";

  private final List<String> frames = new ArrayList<>();
  private Path lesson;

  @Test
  @DisplayName("Broken, wrong, hints, right, compared, next, list, reset, tests, quit")
  void aSession(@TempDir Path folder) throws IOException {
    copy(folder);
    try (WatchedTerminal terminal =
        new WatchedTerminal(lesson, List.of(".", "--classes", TEST_CLASSES))) {
      show("The next exercise", terminal, "not started");
      edit(
          text ->
              text.replaceFirst(
                  "throw new UnsupportedOperationException\\(\"TODO 1.1: put.*",
                  "return spark.paralelize(numbers, partitions);"));
      show("Saved, with a typo", terminal, "does not compile");
      save(WRONG_ANSWER);
      show("Saved, and wrong", terminal, "\nwrong\n");
      terminal.press("s");
      show("s: too early", terminal, "The solution is for when");
      terminal.press("h");
      show("h: a hint", terminal, "Hint 1");
      save(SOLUTION);
      show("Saved, and right", terminal, "\ndone\n");
      terminal.press("n");
      show("n: the next one", terminal, "1.2 A hundred million a batch\n");
      terminal.press("l");
      show("l: all exercises", terminal, "Go to exercise");
      terminal.press("1.1\r");
      show("1.1, Enter: back to the first", terminal, "Next: 1.2");
      terminal.press("r");
      show("r: reset it?", terminal, "[y/N]");
      terminal.press("y");
      show("y: reset", terminal, "Your version is beside it", "not started:");
      terminal.press("t");
      show("t: the lesson's tests", terminal, "of the lesson's own fail");
      terminal.press("q");
      assertThat(terminal.exitStatus()).isZero();
    }
    assertThat(lesson.resolve(EXERCISE)).hasSameTextualContentAs(Path.of(EXERCISE));
    assertThat(lesson.resolve(EXERCISE + ".1")).hasSameTextualContentAs(Path.of(SOLUTION));
    String session = String.join("\n", frames);
    if (System.getProperty("traces", "").equals("update")) {
      Files.writeString(SESSION, session);
    }
    assertThat(session)
        .as("To write " + SESSION + " anew: mvn test -Pcourse-check -Dtraces=update")
        .isEqualTo(Files.readString(SESSION));
  }

  @Test
  @DisplayName("Code that exits or hangs, and a file that is lost: said, and the watch goes on")
  void trouble(@TempDir Path folder) throws IOException {
    copy(folder);
    try (WatchedTerminal terminal =
        new WatchedTerminal(lesson, List.of(".", "--classes", TEST_CLASSES, "--limit", "10"))) {
      show("The next exercise", terminal, "not started");
      String todo = "throw new UnsupportedOperationException\\(\"TODO 1.1: put.*";
      edit(text -> text.replaceFirst(todo, "System.exit(7); return null;"));
      show("Exits", terminal, "System.exit was called");
      edit(text -> text.replace("System.exit(7);", "while (spark != null) {}"));
      show("Hangs", terminal, "No result after 10 s");
      assertThat(lesson.resolve("target/watch-threads.txt"))
          .content()
          .contains("\"main\"", "JobGenerator", "PartitionCount.spread(PartitionCount.java:");
      Files.delete(lesson.resolve(EXERCISE));
      show("Lost", terminal, "There is no ");
      terminal.press("ry");
      show("Reset", terminal, "Reset.", "not started:");
      save(SOLUTION);
      show("Right", terminal, "\ndone\n");
      terminal.press("nt"); // t while the next exercise is tested
      show("Next, and all", terminal, "1.2 A hundred million", "of the lesson's own fail");
      terminal.press("q");
      assertThat(terminal.exitStatus()).isZero();
    }
  }

  private void copy(Path folder) throws IOException {
    lesson = folder.resolve("lesson-01-counting-dstream");
    for (String part : List.of("src", "target/classes", TEST_CLASSES)) {
      FileUtils.copyDirectory(new File(part), lesson.resolve(part).toFile());
    }
  }

  private void show(String title, WatchedTerminal terminal, String... marks) {
    String screen =
        terminal.await(
            lines ->
                List.of(marks).stream().allMatch(lines::contains)
                    && !lines.contains("Testing ")
                    && !lines.contains("Starting "));
    frames.add("=== %s%n%s%n".formatted(title, screen));
  }

  private void save(String file) throws IOException {
    write(Files.readString(Path.of(file)));
  }

  private void edit(UnaryOperator<String> change) throws IOException {
    write(change.apply(Files.readString(lesson.resolve(EXERCISE))));
  }

  /** At once, so that the watch does not test a file that is half written. */
  private void write(String text) throws IOException {
    Path written = Files.writeString(lesson.resolve("target/saved.java"), text);
    Files.move(written, lesson.resolve(EXERCISE), StandardCopyOption.REPLACE_EXISTING);
  }
}
