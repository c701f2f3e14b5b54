package countingstreams.testkit;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.launcher.TestPlan;

/**
 * Ends a test run with the learner's progress: a line an exercise, a bar a lesson, and what is
 * next. Registered for every test run of a module that has the test kit on its class path.
 */
public final class Progress extends ExerciseResults {

  private static final Verdict NOT_RUN = new Verdict(Verdict.Status.NOT_RUN, List.of());

  @Override
  public void testPlanExecutionFinished(TestPlan testPlan) {
    Map<Class<?>, Verdict> verdicts = verdicts();
    if (!verdicts.isEmpty()) {
      System.out.print(report(verdicts, Path.of("").toAbsolutePath()));
    }
  }

  private static String report(Map<Class<?>, Verdict> verdicts, Path module) {
    boolean learners =
        Exercises.LEARNERS.equals(System.getProperty("course.exercises", Exercises.LEARNERS));
    Map<String, Verdict.Status> before = ProgressFile.read(module, learners);
    Map<String, Verdict.Status> statuses = new LinkedHashMap<>();
    StringBuilder lines = new StringBuilder();
    Class<?> next = null;
    for (Class<?> test : Exercises.besides(verdicts.keySet().iterator().next())) {
      Exercise exercise = Exercises.of(test);
      Verdict verdict = verdicts.getOrDefault(test, NOT_RUN);
      Verdict.Status status =
          verdict == NOT_RUN
              ? before.getOrDefault(exercise.id(), NOT_RUN.status())
              : verdict.status();
      statuses.put(exercise.id(), status);
      lines.append(
          "  %s%n".formatted(ProgressFile.line(exercise, status.toString()) + detail(verdict)));
      if (next == null && status != Verdict.Status.DONE) {
        next = test;
      }
    }
    ProgressFile.write(module, learners, statuses);
    StringBuilder report = new StringBuilder("\n");
    for (Path lesson : ProgressFile.lessons(module, learners)) {
      report.append(
          ProgressFile.bar(
                  lesson.getFileName().toString(), ProgressFile.read(lesson, learners).values())
              + "\n");
      if (lesson.equals(module)) {
        report.append(lines);
      }
    }
    if (verdicts.values().stream().anyMatch(verdict -> verdict.status().isWrong())) {
      report.append(
          "\nWhat Spark has logged meanwhile: %s%n"
              .formatted(module.getFileName().resolve("target/spark-test.log")));
    }
    return report + (learners ? next(module, next) : "\nThese were the reference solutions.\n");
  }

  private static String detail(Verdict verdict) {
    return verdict.messages().stream()
        .flatMap(String::lines)
        .findFirst()
        .map(line -> ": " + line)
        .orElse("");
  }

  private static String next(Path module, Class<?> test) {
    if (test == null) {
      return "%nAll exercises of this lesson are done. Compare yours with src/solutions.%n"
          .formatted();
    }
    Exercise exercise = Exercises.of(test);
    return """

        Next: %s
          %s %s: %s
          Page: %s
          Hint: %s
          Test: %s
        """
        .formatted(
            module.getFileName().resolve(Exercises.source(Exercises.LEARNERS, exercise.solves())),
            exercise.id(),
            exercise.title(),
            exercise.task(),
            Exercises.address(exercise),
            exercise.hints()[0],
            Exercises.command(exercise, test));
  }
}
