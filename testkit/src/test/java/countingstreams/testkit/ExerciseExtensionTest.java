package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;

class ExerciseExtensionTest {

  private static final UnsupportedOperationException TODO =
      new UnsupportedOperationException("TODO 1.1: count");

  @Test
  void recognizesATodo() {
    assertThat(ExerciseExtension.isTodo("1.1", TODO)).isTrue();
  }

  @Test
  void recognizesATodoThatSparkHasWrapped() {
    assertThat(ExerciseExtension.isTodo("1.1", new SparkException("Job aborted", TODO))).isTrue();
    Exception suppressing = new IllegalStateException("while closing");
    suppressing.addSuppressed(TODO);
    assertThat(ExerciseExtension.isTodo("1.1", suppressing)).isTrue();
  }

  @Test
  void recognizesATodoThatCameAsTextFromAnExecutor() {
    assertThat(
            ExerciseExtension.isTodo(
                "1.1",
                new SparkException(
                    "Lost task 0.0: java.lang.UnsupportedOperationException: TODO 1.1: count\n\tat …",
                    null)))
        .isTrue();
  }

  @Test
  void takesNothingElseForATodo() {
    assertThat(ExerciseExtension.isTodo("1.2", TODO)).isFalse();
    assertThat(ExerciseExtension.isTodo("1.1", new IllegalStateException("TODO 1.1: count")))
        .isFalse();
    assertThat(ExerciseExtension.isTodo("1.1", new UnsupportedOperationException())).isFalse();
  }

  @Test
  void survivesACauseThatIsItsOwn() {
    Exception a = new IllegalStateException("a");
    Exception b = new IllegalStateException("b", a);
    a.initCause(b);
    assertThat(ExerciseExtension.isTodo("1.1", a)).isFalse();
  }
}
