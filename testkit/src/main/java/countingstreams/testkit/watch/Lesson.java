package countingstreams.testkit.watch;

import countingstreams.testkit.Exercise;
import countingstreams.testkit.Exercises;
import countingstreams.testkit.ProgressFile;
import countingstreams.testkit.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A lesson's exercises: where their files are, and how far the learner is. */
final class Lesson {

  private final Path folder;
  private final Path testClasses;
  private final List<Task> tasks;

  /** An exercise of this lesson. */
  final class Task {
    private final Class<?> test;
    private final Exercise exercise;

    private Task(Class<?> test) {
      this.test = test;
      this.exercise = Exercises.of(test);
    }

    Lesson lesson() {
      return Lesson.this;
    }

    Exercise exercise() {
      return exercise;
    }

    String test() {
      return test.getName();
    }

    /** Returns the learner's file. */
    Path file() {
      return folder.resolve(Exercises.source(Exercises.LEARNERS, exercise.solves()));
    }

    /** Returns the same file as it was before anybody wrote in it. */
    Path starter() {
      return folder.resolve(Exercises.starter(exercise));
    }

    Path solution() {
      return folder.resolve(Exercises.source(Exercises.SOLUTIONS, exercise.solves()));
    }

    /** Returns where the exercise stands, by the last run of its test. */
    Verdict.Status status() {
      return isUntouched()
          ? Verdict.Status.NOT_STARTED
          : ProgressFile.read(folder, true).getOrDefault(exercise.id(), Verdict.Status.NOT_RUN);
    }

    boolean isUntouched() {
      try {
        return Files.exists(file()) && Files.mismatch(file(), starter()) < 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void record(Verdict.Status status) {
      Lesson.this.record(Map.of(exercise.id(), status));
    }
  }

  /**
   * Reads the exercises from their compiled tests.
   *
   * @throws IllegalArgumentException if there are none
   */
  Lesson(Path folder, Path testClasses) {
    this.folder = folder;
    this.testClasses = testClasses;
    try {
      URLClassLoader loader = // open as long as its classes are in use: until the watch ends
          new URLClassLoader(
              new URL[] {testClasses.toUri().toURL()}, Lesson.class.getClassLoader());
      this.tasks = Exercises.in(testClasses, loader).stream().map(test -> new Task(test)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException("No exercises in " + testClasses);
    }
  }

  Path folder() {
    return folder;
  }

  Path testClasses() {
    return testClasses;
  }

  String name() {
    return folder.getFileName().toString();
  }

  List<Task> tasks() {
    return tasks;
  }

  Path sources() {
    return folder.resolve(Exercises.LEARNERS);
  }

  /** Returns where each exercise stands, by its id, in the order of the catalogue. */
  Map<String, Verdict.Status> statuses() {
    Map<String, Verdict.Status> statuses = new LinkedHashMap<>();
    tasks.forEach(task -> statuses.put(task.exercise().id(), task.status()));
    return statuses;
  }

  void record(Map<String, Verdict.Status> changed) {
    Map<String, Verdict.Status> statuses = statuses();
    statuses.putAll(changed);
    ProgressFile.write(folder, true, statuses);
  }
}
