package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.commons.lang3.StringUtils;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * Holds a lesson's exercises together. A lesson extends it with an empty class in its tests, which
 * {@code mvn test -Pcourse-check} runs: each exercise is complete, its untouched starter is "not
 * started", its solution and {@code src/right-answers/<id>/<way>} pass its test, and each of {@code
 * src/wrong-answers/<id>/<mistake>} is rejected with what its {@code message.txt} says, line by
 * line.
 */
@Tag("course-check")
public abstract class CourseCheck {

  private static final Path WRONG_ANSWERS = Path.of("src/wrong-answers");
  private static final Path RIGHT_ANSWERS = Path.of("src/right-answers");
  private static final String MESSAGE = "message.txt";
  private static final int HINTS = 3;
  private static final int FEWEST_WRONG_ANSWERS = 3;

  private final List<Class<?>> tests = Exercises.besides(getClass());

  @TestFactory
  Stream<DynamicNode> exercises() {
    return tests.stream()
        .map(
            test -> {
              Exercise exercise = Exercises.of(test);
              return dynamicContainer(
                  exercise.id() + " " + exercise.title(),
                  Stream.of(texts(exercise), answers(test, exercise)).flatMap(nodes -> nodes));
            });
  }

  @Test
  void noFileBelongsToNoExercise() {
    Set<String> known = new HashSet<>();
    Set<String> ids = new HashSet<>();
    for (Class<?> test : tests) {
      known.add(Exercises.source("", Exercises.of(test).solves()).toString());
      ids.add(Exercises.of(test).id());
    }
    assertThat(files(Path.of(Exercises.LEARNERS)))
        .as("Files of " + Exercises.LEARNERS)
        .isEqualTo(known);
    assertThat(files(Path.of(Exercises.SOLUTIONS)))
        .as("Files of " + Exercises.SOLUTIONS)
        .isEqualTo(known);
    assertThat(names(WRONG_ANSWERS)).as("Folders of " + WRONG_ANSWERS).isEqualTo(ids);
    assertThat(ids).as("Exercises with " + RIGHT_ANSWERS).containsAll(names(RIGHT_ANSWERS));
  }

  /**
   * The site reads the catalogue from a file. To write it anew: {@code mvn test -Pcourse-check
   * -Dcatalogue=update}.
   */
  @Test
  void theSitesCatalogueIsUpToDate() throws IOException {
    Path file = Path.of("../docs/data/exercises.json");
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root =
        Files.exists(file) ? (ObjectNode) json.readTree(file.toFile()) : json.createObjectNode();
    Map<String, JsonNode> entries = new TreeMap<>();
    root.path("exercises").forEach(entry -> entries.put(entry.path("id").asText(), entry));
    entries.keySet().removeIf(id -> id.startsWith(group()));
    tests.forEach(
        test -> entries.put(Exercises.of(test).id(), entry(json.createObjectNode(), test)));
    ObjectNode updated = json.createObjectNode();
    updated.putArray("exercises").addAll(entries.values());
    if (updates()) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, json.writeValueAsString(updated) + "\n");
    } else {
      assertThat(root)
          .as("docs/data/exercises.json is stale; mvn test -Pcourse-check -Dcatalogue=update")
          .isEqualTo(updated);
    }
  }

  /**
   * The watch resets an exercise to a copy of its starter. To copy them anew: {@code mvn test
   * -Pcourse-check -Dcatalogue=update}.
   */
  @TestFactory
  Stream<DynamicNode> theStartersAreKept() {
    return tests.stream()
        .map(Exercises::of)
        .map(
            exercise ->
                check(
                    exercise.id(),
                    () -> {
                      Path file = Exercises.source(Exercises.LEARNERS, exercise.solves());
                      Path starter = Exercises.starter(exercise);
                      if (updates()) {
                        FileUtils.copyFile(file.toFile(), starter.toFile());
                      }
                      assertThat(starter)
                          .as(
                              "The copy of "
                                  + file
                                  + "; mvn test -Pcourse-check -Dcatalogue=update")
                          .hasSameTextualContentAs(file);
                    }));
  }

  private static boolean updates() {
    return System.getProperty("catalogue", "").equals("update");
  }

  /** Returns what the ids of this module's exercises begin with, and no others. */
  private String group() {
    return Exercises.group(Exercises.of(tests.get(0)));
  }

  private static ObjectNode entry(ObjectNode entry, Class<?> test) {
    Exercise exercise = Exercises.of(test);
    Path module = Path.of("").toAbsolutePath().getFileName();
    entry.put("id", exercise.id());
    entry.put("title", exercise.title());
    entry.put("task", exercise.task());
    entry.put("page", exercise.page() + "#" + Exercises.anchor(exercise));
    entry.put("starter", path(module, Exercises.LEARNERS, exercise.solves()));
    entry.put("solution", path(module, Exercises.SOLUTIONS, exercise.solves()));
    entry.put("test", path(module, "src/test/java", test));
    entry.put("command", Exercises.command(exercise, test));
    ArrayNode hints = entry.putArray("hints");
    Arrays.stream(exercise.hints()).forEach(hints::add);
    return entry;
  }

  private static String path(Path module, String root, Class<?> type) {
    return module.resolve(Exercises.source(root, type)).toString().replace('\\', '/');
  }

  private static Stream<DynamicNode> texts(Exercise exercise) {
    return Stream.of(
        check(
            "has three hints",
            () -> assertThat(exercise.hints()).hasSize(HINTS).doesNotHaveDuplicates()),
        check(
            "has a place on its page",
            () ->
                assertThat(Path.of("../docs", exercise.page() + ".md"))
                    .content()
                    .contains("{#" + Exercises.anchor(exercise) + "}")),
        check(
            "says TODO in its starter, once for each thing to write",
            () -> {
              String starter =
                  Files.readString(Exercises.source(Exercises.LEARNERS, exercise.solves()));
              assertThat(StringUtils.countMatches(starter, "// TODO " + exercise.id() + ": "))
                  .isEqualTo(exercise.todos());
            }));
  }

  private static Stream<DynamicNode> answers(Class<?> test, Exercise exercise) {
    Path starter = Exercises.source(Exercises.LEARNERS, exercise.solves());
    Path solution = Exercises.source(Exercises.SOLUTIONS, exercise.solves());
    List<DynamicNode> nodes = new ArrayList<>();
    nodes.add(
        check(
            "untouched: not started",
            () ->
                assertThat(ExerciseRun.verdict(test, starter).status())
                    .isEqualTo(Verdict.Status.NOT_STARTED)));
    nodes.add(
        check(
            "the solution keeps the starter's signatures",
            () ->
                assertThat(signatures(test, solution, exercise.solves().getName()))
                    .isEqualTo(signatures(test, starter, exercise.solves().getName()))));
    nodes.add(check("solved: done", () -> assertAccepted(test, solution)));
    for (Path answer : folders(RIGHT_ANSWERS.resolve(exercise.id()))) {
      nodes.add(
          check(
              "another way, done: " + answer.getFileName(),
              () -> assertAccepted(test, java(answer))));
    }
    List<Path> wrong = folders(WRONG_ANSWERS.resolve(exercise.id()));
    nodes.add(
        check(
            "has wrong answers",
            () -> assertThat(wrong).hasSizeGreaterThanOrEqualTo(FEWEST_WRONG_ANSWERS)));
    for (Path answer : wrong) {
      nodes.add(check("wrong: " + answer.getFileName(), () -> assertRejected(test, answer)));
    }
    return nodes.stream();
  }

  private static void assertAccepted(Class<?> test, Path source) {
    assertThat(ExerciseRun.verdict(test, source))
        .isEqualTo(new Verdict(Verdict.Status.DONE, List.of()));
  }

  private static void assertRejected(Class<?> test, Path answer) throws IOException {
    Verdict verdict = ExerciseRun.verdict(test, java(answer));
    assertThat(verdict.status()).as("%s", verdict).isEqualTo(Verdict.Status.WRONG);
    assertThat(String.join("\n", verdict.messages()))
        .contains(Files.readAllLines(answer.resolve(MESSAGE)));
  }

  /** Returns what a caller or a subclass can see of a class and the classes in it. */
  private static Set<String> signatures(Class<?> test, Path source, String name)
      throws ClassNotFoundException {
    Set<String> signatures = new TreeSet<>();
    try (ExerciseRun run = new ExerciseRun(Map.of(test, source))) {
      Class<?> type = run.load(name);
      Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses()))
          .filter(c -> visible(c.getModifiers()))
          .forEach(
              c -> {
                signatures.add(c.toGenericString());
                Stream.of(c.getDeclaredMethods(), c.getDeclaredConstructors())
                    .flatMap(Arrays::stream)
                    .filter(member -> visible(member.getModifiers()) && !member.isSynthetic())
                    .forEach(member -> signatures.add(member.toGenericString()));
              });
    }
    return signatures;
  }

  private static boolean visible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static DynamicTest check(String name, Executable check) {
    return dynamicTest(name, check);
  }

  private static Path java(Path answer) {
    return list(answer, file -> file.toString().endsWith(".java")).get(0);
  }

  private static List<Path> folders(Path folder) {
    return list(folder, Files::isDirectory);
  }

  private static Set<String> names(Path folder) {
    return folders(folder).stream()
        .map(f -> f.getFileName().toString())
        .collect(Collectors.toSet());
  }

  private static List<Path> list(Path folder, Predicate<Path> filter) {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(filter).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> files(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
