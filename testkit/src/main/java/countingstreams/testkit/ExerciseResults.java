package countingstreams.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Collects what the tests of exercises say, an exercise at a time. */
class ExerciseResults implements TestExecutionListener {

  private final Map<Class<?>, Tally> tallies = new LinkedHashMap<>();
  private TestPlan plan;

  /** How many tests of an exercise passed, and what the others said. */
  private static final class Tally {
    int passed;
    int skipped;
    final List<String> failures = new ArrayList<>();

    Verdict verdict() {
      if (!failures.isEmpty()) {
        return new Verdict(Verdict.Status.WRONG, failures);
      }
      if (skipped == 0) {
        return new Verdict(Verdict.Status.DONE, List.of());
      }
      return passed == 0
          ? new Verdict(Verdict.Status.NOT_STARTED, List.of())
          : new Verdict(
              Verdict.Status.STARTED,
              List.of("%d of %d tests pass".formatted(passed, passed + skipped)));
    }
  }

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    plan = testPlan;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    exerciseOf(test)
        .map(exercise -> tallies.computeIfAbsent(exercise, e -> new Tally()))
        .ifPresent(tally -> count(test, result, tally));
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    exerciseOf(test).ifPresent(e -> tallies.computeIfAbsent(e, c -> new Tally()).skipped++);
  }

  /** Returns the verdicts by test class, in the order of execution. */
  Map<Class<?>, Verdict> verdicts() {
    Map<Class<?>, Verdict> verdicts = new LinkedHashMap<>();
    tallies.forEach((test, tally) -> verdicts.put(test, tally.verdict()));
    return verdicts;
  }

  private static void count(TestIdentifier test, TestExecutionResult result, Tally tally) {
    switch (result.getStatus()) {
      case FAILED ->
          tally.failures.add(result.getThrowable().map(ExerciseResults::text).orElse(""));
      case ABORTED -> tally.skipped++;
      case SUCCESSFUL -> tally.passed += test.isTest() ? 1 : 0;
    }
  }

  /** Tells whether the last run's test belongs to an exercise. */
  boolean isOfExercise(TestIdentifier test) {
    return exerciseOf(test).isPresent();
  }

  static String text(Throwable thrown) {
    return thrown instanceof AssertionError
        ? String.valueOf(thrown.getMessage())
        : thrown.getClass().getName() + ": " + thrown.getMessage();
  }

  private Optional<Class<?>> exerciseOf(TestIdentifier test) {
    for (Optional<TestIdentifier> next = Optional.of(test);
        next.isPresent();
        next = plan.getParent(next.get())) {
      Optional<Class<?>> exercise =
          next.get().getSource().flatMap(ExerciseResults::classOf).filter(Exercises::isExercise);
      if (exercise.isPresent()) {
        return exercise;
      }
    }
    return Optional.empty();
  }

  private static Optional<Class<?>> classOf(TestSource source) {
    if (source instanceof MethodSource method) {
      return Optional.of(method.getJavaClass());
    }
    return source instanceof ClassSource type ? Optional.of(type.getJavaClass()) : Optional.empty();
  }
}
