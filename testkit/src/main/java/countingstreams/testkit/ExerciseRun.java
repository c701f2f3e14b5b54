package countingstreams.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.apache.commons.io.FileUtils;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.Filter;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs exercises' tests on source files that take the place of the ones they were compiled with:
 * compiled in this JVM, each together with its test, and loaded by a class loader of their own. The
 * loader has to be fresh each time, and so has the Spark context: a JVM remembers what a loader
 * once resolved, and would run the old closures.
 *
 * <p>The working directory has to be the lesson's folder, as it is for Surefire.
 */
public final class ExerciseRun implements AutoCloseable {

  private static final String TESTS = "src/test/java";

  private final Map<Class<?>, List<String>> errors = new LinkedHashMap<>();
  private final Path classes;
  private final Path testClasses;
  private final ChildFirst loader;

  /**
   * What all tests of a lesson say.
   *
   * @param verdicts by the exercise's id
   * @param passed how many tests passed, those of exercises included
   * @param skipped how many tests were skipped: what is not started
   * @param failures of tests that belong to no exercise: their names and messages
   */
  public record Lesson(
      Map<String, Verdict> verdicts, long passed, long skipped, List<String> failures) {}

  /** Returns what the exercise's test says of this file. */
  public static Verdict verdict(Class<?> test, Path source) {
    try (ExerciseRun run = new ExerciseRun(Map.of(test, source))) {
      return run.test(test);
    }
  }

  /** Compiles each file with the test of its exercise, and keeps the errors if there are any. */
  public ExerciseRun(Map<Class<?>, Path> sources) {
    try {
      classes = Files.createTempDirectory("exercise-");
      List<URL> folders = new ArrayList<>();
      for (Map.Entry<Class<?>, Path> source : sources.entrySet()) {
        Path folder = Files.createDirectory(classes.resolve(source.getKey().getSimpleName()));
        errors.put(source.getKey(), compile(source.getKey(), source.getValue(), folder));
        folders.add(url(folder));
      }
      testClasses = Exercises.root(sources.keySet().iterator().next());
      Set<String> replaced =
          sources.keySet().stream()
              .map(test -> Exercises.of(test).solves().getName())
              .collect(Collectors.toSet());
      // The lesson's own classes too: a test in their package sees what is private to it only if
      // both come from one loader.
      folders.add(url(testClasses.resolveSibling("classes")));
      folders.add(url(testClasses));
      loader = new ChildFirst(folders.toArray(URL[]::new), replaced);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the class of that name as these sources define it. */
  Class<?> load(String name) throws ClassNotFoundException {
    return loader.loadClass(name);
  }

  /** Runs the test of one of the exercises. */
  public Verdict test(Class<?> test) {
    if (!errors.get(test).isEmpty()) {
      return new Verdict(Verdict.Status.DOES_NOT_COMPILE, errors.get(test));
    }
    ExerciseResults results = new ExerciseResults();
    launch(results, new SummaryGeneratingListener(), selectClass(test));
    Map<Class<?>, Verdict> verdicts = results.verdicts();
    if (verdicts.size() != 1) {
      throw new IllegalStateException(test.getName() + " ran as " + verdicts.keySet());
    }
    return verdicts.values().iterator().next();
  }

  /** Runs all tests that were compiled with these exercises' tests. */
  public Lesson testAll() {
    Map<String, Verdict> verdicts = new TreeMap<>();
    List<String> broken = new ArrayList<>();
    errors.forEach(
        (test, messages) -> {
          if (!messages.isEmpty()) {
            verdicts.put(
                Exercises.of(test).id(), new Verdict(Verdict.Status.DOES_NOT_COMPILE, messages));
            broken.add(Pattern.quote(test.getName()));
          }
        });
    ExerciseResults results = new ExerciseResults();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    List<Filter<?>> filters = new ArrayList<>(List.of(TagFilter.excludeTags("course-check")));
    if (!broken.isEmpty()) {
      filters.add(ClassNameFilter.excludeClassNamePatterns(broken.toArray(String[]::new)));
    }
    launch(
        results,
        summary,
        DiscoverySelectors.selectClasspathRoots(Set.of(testClasses)).get(0),
        filters.toArray(Filter<?>[]::new));
    results.verdicts().forEach((test, verdict) -> verdicts.put(Exercises.of(test).id(), verdict));
    TestExecutionSummary all = summary.getSummary();
    List<String> failures =
        all.getFailures().stream()
            .filter(failure -> !results.isOfExercise(failure.getTestIdentifier()))
            .map(
                failure ->
                    failure.getTestIdentifier().getDisplayName()
                        + ": "
                        + ExerciseResults.text(failure.getException()))
            .toList();
    return new Lesson(
        verdicts,
        all.getTestsSucceededCount(),
        all.getTestsSkippedCount() + all.getTestsAbortedCount(),
        failures);
  }

  @Override
  public void close() {
    try {
      loader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    FileUtils.deleteQuietly(classes.toFile());
  }

  private DiscoverySelector selectClass(Class<?> test) {
    try {
      return DiscoverySelectors.selectClass(load(test.getName()));
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void launch(
      ExerciseResults results,
      SummaryGeneratingListener summary,
      DiscoverySelector selector,
      Filter<?>... filters) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      Launcher launcher =
          LauncherFactory.create(
              LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build());
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request().selectors(selector).filters(filters).build(),
          results,
          summary);
    } finally {
      thread.setContextClassLoader(before);
      // A test that ran out of time has not closed its own: the next one would fail for it.
      Engine.stopWhatIsLeft();
    }
  }

  private static List<String> compile(Class<?> test, Path source, Path to) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("This Java has no compiler: run with a JDK, not a JRE.");
    }
    if (!Files.exists(source)) {
      return List.of("There is no " + source + ".");
    }
    Class<?> solves = Exercises.of(test).solves();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options =
        new ArrayList<>(
            List.of(
                "-d", to.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"));
    Path inItsRoot = Exercises.source("", solves);
    if (source.endsWith(inItsRoot)) { // then files beside it may be the learner's helpers
      Path root = source.toAbsolutePath();
      for (int i = 0; i < inItsRoot.getNameCount(); i++) {
        root = root.getParent();
      }
      options.addAll(List.of("-sourcepath", root.toString(), "-Xprefer:source"));
    }
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(found, Locale.ROOT, null)) {
      List<Path> sources = List.of(source, Exercises.source(TESTS, test));
      compiler
          .getTask(null, files, found, options, null, files.getJavaFileObjectsFromPaths(sources))
          .call();
    }
    List<String> errors =
        found.getDiagnostics().stream()
            .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
            .map(ExerciseRun::text)
            .toList();
    return errors.isEmpty() && !Files.exists(to.resolve(file(solves.getName())))
        ? List.of("%s does not define %s.".formatted(source.getFileName(), solves.getName()))
        : errors;
  }

  /** Returns an error as the compiler prints it: where, what, and the line with a mark. */
  private static String text(Diagnostic<? extends JavaFileObject> error) {
    String where =
        "%s:%d: %s"
            .formatted(
                new File(error.getSource().getName()).getName(),
                error.getLineNumber(),
                error.getMessage(Locale.ROOT));
    try (Stream<String> lines = error.getSource().getCharContent(true).toString().lines()) {
      return lines
          .skip(error.getLineNumber() - 1)
          .findFirst()
          .map(
              line ->
                  where
                      + "\n    "
                      + line
                      + "\n    "
                      + " ".repeat((int) error.getColumnNumber() - 1)
                      + "^")
          .orElse(where);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String file(String className) {
    return className.replace('.', '/') + ".class";
  }

  private static URL url(Path folder) throws MalformedURLException {
    return folder.toUri().toURL();
  }

  /** Prefers its own folders, so that the exercise and its test are both loaded anew. */
  private static final class ChildFirst extends URLClassLoader {

    private final Set<String> replaced;

    /**
     * Looks in the folders, in their order, and then in the parent. A class that is replaced, and
     * what is nested in it, is never taken from the last of them, the compiled tests.
     */
    ChildFirst(URL[] folders, Set<String> replaced) {
      super(folders, ExerciseRun.class.getClassLoader());
      this.replaced = replaced;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> type = findLoadedClass(name);
        if (type != null) {
          return type;
        }
        URL own = findResource(file(name));
        if (replaced.contains(name.split("\\$")[0]) && (own == null || isOfTheTests(own))) {
          throw new ClassNotFoundException(name);
        }
        return own != null ? findClass(name) : super.loadClass(name, resolve);
      }
    }

    private boolean isOfTheTests(URL file) {
      URL[] folders = getURLs();
      return file.toString().startsWith(folders[folders.length - 1].toString());
    }

    /** So that a class finds its own file, too. */
    @Override
    public URL getResource(String name) {
      URL own = findResource(name);
      return own != null ? own : super.getResource(name);
    }
  }
}
