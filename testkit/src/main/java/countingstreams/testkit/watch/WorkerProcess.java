package countingstreams.testkit.watch;

import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.testkit.ExerciseRun;
import countingstreams.testkit.JavaCommand;
import countingstreams.testkit.Verdict;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Runs a lesson's tests in a resident JVM, and starts another one when that has hung or died. Not
 * for use by several threads at a time.
 */
final class WorkerProcess implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE_TO_START = Duration.ofMinutes(2);
  private static final Duration PATIENCE_FOR_A_DUMP = Duration.ofSeconds(5);
  private static final Path DUMP = Path.of("target", "watch-threads.txt");
  private static final int OUT_OF_MEMORY = 3; // the status of -XX:+ExitOnOutOfMemoryError

  /** In place of a reply: the process has ended. */
  private static final Worker.Reply ENDED = new Worker.Reply(null, null, null, true);

  private final Lesson lesson;
  private final Duration limit;
  private final List<String> printed = new ArrayList<>();
  private Process process;
  private Writer requests;
  private BlockingQueue<Worker.Reply> replies;

  WorkerProcess(Lesson lesson, Duration limit) {
    this.lesson = lesson;
    this.limit = limit;
  }

  Lesson lesson() {
    return lesson;
  }

  /**
   * Starts the JVM if it is not there, and makes it ready for an exercise.
   *
   * @throws IllegalStateException if it can't be started
   */
  void warmUp(Lesson.Task task) {
    if (process == null || !process.isAlive()) {
      start();
      Verdict failure = ask(Worker.Order.WARM_UP, List.of(task), PATIENCE_TO_START).verdict();
      if (failure != null) {
        throw new IllegalStateException(
            "The JVM of the tests does not start. %s %s".formatted(failure.messages(), printed()));
      }
    }
  }

  /** Runs an exercise's test on the learner's file. */
  Verdict test(Lesson.Task task) {
    warmUp(task);
    return ask(Worker.Order.TEST, List.of(task), limit).verdict();
  }

  /** Runs all tests of the lesson on the learner's files. */
  ExerciseRun.Lesson testAll() {
    warmUp(lesson.tasks().get(0));
    // As much time for each of its exercises, and for its own tests.
    Duration all = limit.multipliedBy(lesson.tasks().size() + 1L);
    Worker.Reply reply = ask(Worker.Order.TEST_ALL, lesson.tasks(), all);
    return reply.lesson() != null
        ? reply.lesson()
        : new ExerciseRun.Lesson(Map.of(), 0, 0, reply.verdict().messages());
  }

  /** Returns what the last tests have printed, a line each. */
  List<String> printed() {
    synchronized (printed) {
      return List.copyOf(printed);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
      process = null;
    }
  }

  private Worker.Reply ask(Worker.Order order, List<Lesson.Task> tasks, Duration patience) {
    Map<String, String> tests = new LinkedHashMap<>();
    tasks.forEach(task -> tests.put(task.test(), task.file().toString()));
    synchronized (printed) {
      printed.clear();
    }
    send(new Worker.Request(order, tests, null));
    Worker.Reply reply = next(patience);
    if (reply == null) {
      return stopped(order, patience);
    }
    if (reply == ENDED) {
      return ended(order);
    }
    if (reply.last()) {
      close();
    }
    return reply;
  }

  private Worker.Reply stopped(Worker.Order order, Duration patience) {
    Path file = lesson.folder().resolve(DUMP);
    send(new Worker.Request(Worker.Order.DUMP, Map.of(), file.toString()));
    Worker.Reply dumped = next(PATIENCE_FOR_A_DUMP);
    close();
    return wrong(
        order,
        "No result after %d s: stopped. %s"
            .formatted(
                patience.toSeconds(),
                dumped != null && dumped.order() == Worker.Order.DUMP
                    ? "What each thread was doing then is in " + lesson.name() + "/" + DUMP
                    : "The JVM did not say what its threads were doing."));
  }

  private Worker.Reply ended(Worker.Order order) {
    int status;
    try {
      status = process.waitFor();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    close();
    return wrong(
        order,
        switch (status) {
          case OUT_OF_MEMORY ->
              "Out of memory: the tests have %d MB. Does the driver hold a list of all numbers?"
                  .formatted(Runtime.getRuntime().maxMemory() >> 20);
          case Worker.EXITED -> "System.exit was called. It would have ended the whole driver.";
          default -> "The JVM of the tests has ended, with exit status %d.".formatted(status);
        });
  }

  private static Worker.Reply wrong(Worker.Order order, String message) {
    return new Worker.Reply(
        order, new Verdict(Verdict.Status.WRONG, List.of(message)), null, false);
  }

  private void send(Worker.Request request) {
    try {
      requests.write(JSON.writeValueAsString(request) + "\n");
      requests.flush();
    } catch (IOException e) {
      // It has ended, and the next reply says so.
    }
  }

  /** Returns null if there is none in time. */
  private Worker.Reply next(Duration patience) {
    try {
      return replies.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while tests were running.", e);
  }

  private void start() {
    List<String> command =
        JavaCommand.of(
            lesson.testClasses() + File.pathSeparator + System.getProperty("java.class.path"),
            Worker.class);
    command.add(1, "-XX:+ExitOnOutOfMemoryError");
    try {
      Files.createDirectories(lesson.folder().resolve("target"));
      process = new ProcessBuilder(command).directory(lesson.folder().toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    requests = process.outputWriter();
    replies = new LinkedBlockingQueue<>();
    BlockingQueue<Worker.Reply> to = replies;
    read(
        "worker-replies",
        process.inputReader(),
        line -> to.add(JSON.readValue(line, Worker.Reply.class)),
        () -> to.add(ENDED));
    read(
        "worker-output",
        process.errorReader(),
        line -> {
          synchronized (printed) {
            printed.add(line);
          }
        },
        () -> {});
  }

  /** What to do with a line. */
  private interface Line {
    void read(String line) throws IOException;
  }

  private static void read(String name, BufferedReader from, Line to, Runnable atEnd) {
    Thread thread =
        new Thread(
            () -> {
              try (from) {
                for (String line = from.readLine(); line != null; line = from.readLine()) {
                  to.read(line);
                }
              } catch (IOException e) {
                // The process was stopped.
              } finally {
                atEnd.run();
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }
}
