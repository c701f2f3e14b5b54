package countingstreams.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.lang3.StringUtils;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/** Skips the tests of an exercise that still has its TODO, however deep Spark has wrapped it. */
final class ExerciseExtension
    implements ExecutionCondition,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {

  /** Skips an untouched exercise without running it, so that it costs nothing. */
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Exercise exercise = context.getRequiredTestClass().getAnnotation(Exercise.class);
    boolean untouched = todos(exercise) == exercise.todos();
    return untouched
        ? ConditionEvaluationResult.disabled(notStarted(exercise.id()))
        : ConditionEvaluationResult.enabled("Exercise " + exercise.id() + " is started.");
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    skipIfUntouched(context, thrown);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    skipIfUntouched(context, thrown);
  }

  private static void skipIfUntouched(ExtensionContext context, Throwable thrown) throws Throwable {
    String id = context.getRequiredTestClass().getAnnotation(Exercise.class).id();
    throw isTodo(id, thrown) ? new TestAbortedException(notStarted(id)) : thrown;
  }

  private static String notStarted(String id) {
    return "Exercise " + id + " is not started: it throws its TODO.";
  }

  /** Returns how many TODOs the compiled class of an exercise has, and the classes in it. */
  static int todos(Exercise exercise) {
    Class<?> solves = exercise.solves();
    return Stream.concat(Stream.of(solves), Arrays.stream(solves.getDeclaredClasses()))
        .mapToInt(type -> StringUtils.countMatches(constants(type), "TODO " + exercise.id() + ":"))
        .sum();
  }

  /** Returns the bytes of a class file: its constant pool has the messages as they are. */
  private static String constants(Class<?> type) {
    String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
    try (InputStream bytes = type.getResourceAsStream(file)) {
      return new String(bytes.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Looks at causes and suppressed errors, and at messages: executors send errors as text. */
  static boolean isTodo(String id, Throwable thrown) {
    String todo = "TODO " + id + ":";
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Throwable> open = new ArrayDeque<>();
    open.add(thrown);
    while (!open.isEmpty()) {
      Throwable next = open.remove();
      if (!seen.add(next)) {
        continue;
      }
      String message = String.valueOf(next.getMessage());
      if (next instanceof UnsupportedOperationException && message.startsWith(todo)
          || message.contains(UnsupportedOperationException.class.getName() + ": " + todo)) {
        return true;
      }
      if (next.getCause() != null) {
        open.add(next.getCause());
      }
      Collections.addAll(open, next.getSuppressed());
    }
    return false;
  }
}
