package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgressFileTest {

  @TempDir private Path lesson;

  @Test
  void keepsTheLearnersProgressApartFromTheSolutions() {
    ProgressFile.write(lesson, true, Map.of("1.1", Verdict.Status.WRONG));
    ProgressFile.write(lesson, false, Map.of("1.1", Verdict.Status.DONE));
    assertThat(ProgressFile.read(lesson, true)).isEqualTo(Map.of("1.1", Verdict.Status.WRONG));
    assertThat(ProgressFile.read(lesson, false)).isEqualTo(Map.of("1.1", Verdict.Status.DONE));
  }

  @Test
  void hasNoProgressWithoutAFileOrWithOneThatIsCutShort() throws IOException {
    assertThat(ProgressFile.read(lesson, true)).isEmpty();
    Path file = lesson.resolve("target/exercises.json");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"1.1\":\"do");
    assertThat(ProgressFile.read(lesson, true)).isEmpty();
    Files.writeString(file, "{\"1.1\":\"never heard of\"}");
    assertThat(ProgressFile.read(lesson, true)).isEmpty();
  }

  @Test
  void drawsABar() {
    assertThat(ProgressFile.bar("lesson", List.of(Verdict.Status.DONE, Verdict.Status.STARTED)))
        .isEqualTo("lesson [##########----------] 1 of 2 done");
  }

  @Test
  void findsTheLessonsBesideThisOne() throws IOException {
    Path one = Files.createDirectory(lesson.resolve("one"));
    Path two = Files.createDirectory(lesson.resolve("two"));
    Files.createDirectory(lesson.resolve("testkit"));
    ProgressFile.write(two, true, Map.of("2.1", Verdict.Status.DONE));
    ProgressFile.write(one, true, Map.of("1.1", Verdict.Status.DONE));
    assertThat(ProgressFile.lessons(one, true)).containsExactly(one, two);
  }
}
