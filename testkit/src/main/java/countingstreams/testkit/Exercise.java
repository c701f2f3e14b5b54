package countingstreams.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks the test class of an exercise. While its class has all of its {@code new
 * UnsupportedOperationException("TODO <id>: …")}, the test is skipped as a whole; while it has some
 * of them, the tests that meet one are skipped. After that they decide.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ExerciseExtension.class)
public @interface Exercise {

  /**
   * The number in the catalogue: lesson, dot, number within the lesson, such as "1.1"; or "S1", the
   * one of lesson 1 in Structured Streaming.
   */
  String id();

  /** The title, a few words. */
  String title();

  /** What to do, in one sentence. */
  String task();

  /** The class that the learner writes. */
  Class<?> solves();

  /** How many methods the starter leaves to write, each with a TODO of its own. */
  int todos() default 1;

  /** The page of the lesson, without ending; the anchor on it follows from the id. */
  String page();

  /** Three hints, from a nudge to nearly the answer. */
  String[] hints();
}
