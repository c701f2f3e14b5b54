package countingstreams.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where the exercises of a lesson stand, in a file of its {@code target} folder: so that a run of
 * one test still shows the whole lesson, and the lessons beside it.
 */
public final class ProgressFile {

  private static final int BAR = 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ProgressFile() {}

  /** Returns what the last runs have said of each exercise, by its id; empty if there was none. */
  public static Map<String, Verdict.Status> read(Path lesson, boolean learners) {
    Path file = file(lesson, learners);
    if (!Files.exists(file)) {
      return Map.of();
    }
    try {
      return JSON.readValue(
          file.toFile(), new TypeReference<LinkedHashMap<String, Verdict.Status>>() {});
    } catch (JsonProcessingException e) {
      return Map.of(); // cut short, or of another version: this run writes it anew
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps what was said of each exercise of a lesson. */
  public static void write(Path lesson, boolean learners, Map<String, Verdict.Status> statuses) {
    Path file = file(lesson, learners);
    try {
      Files.createDirectories(file.getParent());
      JSON.writeValue(file.toFile(), statuses);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the lessons that have such a file: this one and those beside it, in order. */
  static List<Path> lessons(Path lesson, boolean learners) {
    try (Stream<Path> beside = Files.list(lesson.getParent())) {
      return beside.filter(folder -> Files.exists(file(folder, learners))).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a lesson's progress as a bar. */
  public static String bar(String lesson, Collection<Verdict.Status> statuses) {
    long done = statuses.stream().filter(Verdict.Status.DONE::equals).count();
    int filled = (int) (BAR * done / statuses.size());
    return "%s [%s%s] %d of %d done"
        .formatted(lesson, "#".repeat(filled), "-".repeat(BAR - filled), done, statuses.size());
  }

  /** Returns where an exercise stands, as a line of a list. */
  public static String line(Exercise exercise, String status) {
    return "%s %-34s %s".formatted(exercise.id(), exercise.title(), status);
  }

  private static Path file(Path lesson, boolean learners) {
    return lesson.resolve("target").resolve(learners ? "exercises.json" : "solutions.json");
  }
}
