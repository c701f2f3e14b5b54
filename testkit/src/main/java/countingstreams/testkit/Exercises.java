package countingstreams.testkit;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.junit.platform.commons.support.ReflectionSupport;

/** Where things of an exercise are. */
public final class Exercises {

  /** The folder of a lesson in which the learner writes. */
  public static final String LEARNERS = "src/exercises/java";

  /** The folder of a lesson with the same classes, solved. */
  public static final String SOLUTIONS = "src/solutions/java";

  private static final String STRUCTURED = "S";

  private Exercises() {}

  static boolean isExercise(Class<?> type) {
    return type.isAnnotationPresent(Exercise.class);
  }

  public static Exercise of(Class<?> test) {
    return test.getAnnotation(Exercise.class);
  }

  /** Returns the exercises' test classes that were compiled with this class, in catalogue order. */
  static List<Class<?>> besides(Class<?> test) {
    return in(root(test), test.getClassLoader());
  }

  /** Returns the exercises' test classes in a folder of compiled classes, in catalogue order. */
  public static List<Class<?>> in(Path testClasses, ClassLoader loader) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader); // from which JUnit loads what it finds
    try {
      return ReflectionSupport.findAllClassesInClasspathRoot(
              testClasses.toUri(), Exercises::isExercise, name -> true)
          .stream()
          .sorted(Comparator.comparing(type -> of(type).id()))
          .toList();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Returns the folder that a class was compiled to. */
  static Path root(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Returns the file of a class below a source root, such as "src/exercises/java". */
  public static Path source(String sourceRoot, Class<?> type) {
    return Path.of(sourceRoot, type.getName().replace('.', '/') + ".java");
  }

  /** Returns the copy of an exercise's file as it was before anybody wrote in it. */
  public static Path starter(Exercise exercise) {
    return Path.of("src/starters", exercise.id(), exercise.solves().getSimpleName() + ".java");
  }

  static String anchor(Exercise exercise) {
    return "exercise-" + exercise.id().toLowerCase(Locale.ROOT).replace('.', '-');
  }

  /** Returns the command that runs the exercise's test alone. */
  static String command(Exercise exercise, Class<?> test) {
    String profile = group(exercise).equals(STRUCTURED) ? "structured" : "lesson";
    int lesson = Integer.parseInt(exercise.id().replaceAll("\\D*(\\d+).*", "$1"));
    return "mvn -q -P%s-%02d test -Dtest=%s".formatted(profile, lesson, test.getSimpleName());
  }

  /**
   * Returns what the ids of the exercises in one module begin with: "1" for 1.1, "S" for S1, which
   * is lesson 1 in Structured Streaming.
   */
  static String group(Exercise exercise) {
    return exercise.id().startsWith(STRUCTURED) ? STRUCTURED : exercise.id().split("\\.")[0];
  }

  /** Returns where to read about it: on the site if its address is set, else in the docs folder. */
  public static String address(Exercise exercise) {
    String site = System.getProperty("course.site", "");
    return site.isBlank()
        ? "docs/%s.md#%s".formatted(exercise.page(), anchor(exercise))
        : "%s/%s#%s".formatted(site, exercise.page(), anchor(exercise));
  }
}
