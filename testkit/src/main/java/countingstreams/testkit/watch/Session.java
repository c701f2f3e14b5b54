package countingstreams.testkit.watch;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import countingstreams.testkit.ExerciseRun;
import countingstreams.testkit.ProgressFile;
import countingstreams.testkit.Verdict;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.apache.commons.io.filefilter.FileFilterUtils;
import org.apache.commons.io.monitor.FileAlterationListenerAdaptor;
import org.apache.commons.io.monitor.FileAlterationMonitor;
import org.apache.commons.io.monitor.FileAlterationObserver;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/**
 * One learner at one terminal. All state is of the thread that runs the session: keys, saved files
 * and verdicts come to it as events, one after the other.
 */
final class Session {

  /** Files are polled, which works on every file system; two dozen of them cost nothing. */
  private static final long POLL_MS = 100;

  private static final int CONTEXT_LINES = 2;

  /** What the next key is an answer to. */
  private enum Question {
    NONE,
    RESET,
    JUMP
  }

  private final Terminal terminal;
  private final Screen screen;
  private final List<Lesson> lessons;
  private final Duration limit;
  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final ExecutorService tests = Executors.newSingleThreadExecutor();

  private final Map<Path, String> texts = new HashMap<>(); // what was tested, by file
  private volatile WorkerProcess worker; // of the tests' thread, but for close()
  private Lesson.Task task;
  private Verdict verdict;
  private List<String> printed = List.of();
  private String busy;
  private boolean savedMeanwhile;
  private boolean allWantedMeanwhile;
  private int hints;
  private List<String> extra = List.of();
  private Question question = Question.NONE;
  private String answer = "";
  private boolean over;

  Session(Terminal terminal, List<Lesson> lessons, Duration limit) {
    this.terminal = terminal;
    this.screen = new Screen(terminal);
    this.lessons = lessons;
    this.limit = limit;
  }

  /** Returns the exit status, once the learner has quit. */
  int run() {
    Attributes before = terminal.enterRawMode();
    FileAlterationMonitor monitor = new FileAlterationMonitor(POLL_MS);
    try {
      for (Lesson lesson : lessons) {
        monitor.addObserver(observer(lesson));
      }
      monitor.start();
      terminal.handle(Terminal.Signal.WINCH, signal -> events.add(() -> {}));
      readKeys();
      Lesson.Task first = next().orElse(lessons.get(0).tasks().get(0));
      choose(first);
      busy = "Starting Spark …";
      execute(() -> warmUp(first));
      while (!over) {
        draw();
        events.take().run();
      }
      screen.end();
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // of the monitor
      throw new IllegalStateException("Can't watch the exercises' files.", e);
    } finally {
      terminal.setAttributes(before);
      tests.shutdownNow();
      if (worker != null) {
        worker.close();
      }
    }
  }

  private void warmUp(Lesson.Task first) {
    worker = new WorkerProcess(first.lesson(), limit);
    worker.warmUp(first);
    events.add(
        () -> {
          busy = null;
          check();
        });
  }

  // Files

  private FileAlterationObserver observer(Lesson lesson) throws IOException {
    FileAlterationObserver observer =
        FileAlterationObserver.builder()
            .setFile(lesson.sources().toFile())
            .setFileFilter(
                FileFilterUtils.or(
                    FileFilterUtils.directoryFileFilter(),
                    FileFilterUtils.suffixFileFilter(".java")))
            .get();
    observer.addListener(
        new FileAlterationListenerAdaptor() {
          @Override
          public void onFileChange(File file) {
            events.add(() -> saved(file.toPath()));
          }

          @Override
          public void onFileCreate(File file) { // some editors delete and create
            onFileChange(file);
          }

          @Override
          public void onFileDelete(File file) {
            onFileChange(file);
          }
        });
    return observer;
  }

  /** Tests the exercise that was saved. One that has not changed does not call the learner back. */
  private void saved(Path file) {
    Optional<Lesson.Task> other =
        tasks().filter(t -> t.file().equals(file) && t != task).findFirst();
    boolean changed = !text(file).equals(texts.get(file));
    if (changed) {
      extra = List.of();
    }
    if (other.isEmpty() || changed) {
      other.ifPresent(this::choose);
      check();
    }
  }

  /** Returns what is in a file, and nothing if it is not there. */
  private static String text(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Exercises

  private Stream<Lesson.Task> tasks() {
    return lessons.stream().flatMap(lesson -> lesson.tasks().stream());
  }

  private Optional<Lesson.Task> next() {
    return tasks().filter(t -> t.status() != Verdict.Status.DONE).findFirst();
  }

  private void choose(Lesson.Task chosen) {
    task = chosen;
    verdict = null;
    hints = 0;
    extra = List.of();
    question = Question.NONE;
  }

  /** Tests the exercise; if a test is running, after it. */
  private void check() {
    if (busy != null) {
      savedMeanwhile = true;
      return;
    }
    question = Question.NONE;
    Lesson.Task tested = task;
    busy = "Testing " + tested.file().getFileName() + " …";
    execute(
        () -> {
          String text = text(tested.file());
          Verdict found = worker(tested.lesson()).test(tested);
          List<String> lines = worker.printed();
          events.add(
              () -> {
                texts.put(tested.file(), text);
                tested(tested, found, lines);
              });
        });
  }

  private void tested(Lesson.Task tested, Verdict found, List<String> lines) {
    busy = null;
    tested.record(found.status());
    if (tested == task) {
      verdict = found;
      printed = lines;
    }
    testWhatIsWanted();
  }

  /** Goes on with what was asked for while a test was running. */
  private void testWhatIsWanted() {
    if (savedMeanwhile) {
      savedMeanwhile = false;
      check();
    } else if (allWantedMeanwhile) {
      allWantedMeanwhile = false;
      testAll();
    }
  }

  /** Tests the lesson; if a test is running, after it. */
  private void testAll() {
    if (busy != null) {
      allWantedMeanwhile = true;
      return;
    }
    extra = List.of();
    Lesson lesson = task.lesson();
    busy = "Testing " + lesson.name() + " …";
    execute(
        () -> {
          ExerciseRun.Lesson result = worker(lesson).testAll();
          events.add(() -> testedAll(lesson, result));
        });
  }

  private void testedAll(Lesson lesson, ExerciseRun.Lesson result) {
    busy = null;
    Map<String, Verdict.Status> statuses = new LinkedHashMap<>();
    result.verdicts().forEach((id, found) -> statuses.put(id, found.status()));
    lesson.record(statuses);
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d tests pass, %d are skipped, %d of the lesson's own fail."
            .formatted(lesson.name(), result.passed(), result.skipped(), result.failures().size()));
    lines.addAll(result.failures());
    lines.addAll(list(List.of(lesson)));
    extra = lines;
    testWhatIsWanted();
  }

  /** Does something on the tests' thread. What fails there ends the session. */
  private void execute(Runnable work) {
    tests.execute(
        () -> {
          try {
            work.run();
          } catch (RuntimeException e) {
            events.add(
                () -> {
                  throw e;
                });
          }
        });
  }

  /** On the tests' thread: the worker of a lesson. */
  private WorkerProcess worker(Lesson lesson) {
    if (worker.lesson() != lesson) {
      worker.close();
      worker = new WorkerProcess(lesson, limit);
    }
    return worker;
  }

  // Keys

  private void readKeys() {
    Thread keys =
        new Thread(
            () -> {
              NonBlockingReader reader = terminal.reader();
              try {
                for (int key = reader.read(); key >= 0; key = reader.read()) {
                  char pressed = (char) key;
                  events.add(() -> pressed(pressed));
                }
              } catch (IOException e) {
                // The terminal is closed.
              }
              events.add(() -> over = true);
            },
            "keys");
    keys.setDaemon(true);
    keys.start();
  }

  private void pressed(char key) {
    switch (question) {
      case RESET -> answerReset(key);
      case JUMP -> answerJump(key);
      case NONE -> command(key);
    }
  }

  private void command(char key) {
    switch (key) {
      case 'h' -> {
        hints = Math.min(hints + 1, task.exercise().hints().length);
        extra = List.of();
      }
      case 's' -> extra = comparison();
      case 'l' -> {
        question = Question.JUMP;
        answer = "";
        extra = list(lessons);
      }
      case 't' -> testAll();
      case 'r' -> {
        question = Question.RESET;
        extra = List.of();
      }
      case 'n', '\r', '\n' -> goOn();
      case 'q', Screen.CTRL_C, Screen.CTRL_D -> over = true;
      default -> {}
    }
  }

  private void goOn() {
    if (verdict != null && verdict.status() == Verdict.Status.DONE) {
      next().ifPresent(this::go);
    }
  }

  private void go(Lesson.Task to) {
    choose(to);
    check();
  }

  private void answerReset(char key) {
    question = Question.NONE;
    if (key == 'y') {
      try {
        extra =
            Files.exists(task.file())
                ? List.of("Reset. Your version is beside it: " + keep(task.file()).getFileName())
                : List.of("Reset.");
        Files.copy(task.starter(), task.file());
        texts.put(task.file(), text(task.file())); // what was said of the reset stays
        hints = 0;
      } catch (IOException e) {
        extra = List.of("Not reset: " + e.getMessage());
      }
    }
  }

  /** Renames a file to the first name that is free, and that no compiler takes for a source. */
  private static Path keep(Path file) throws IOException {
    for (int i = 1; ; i++) {
      Path name = file.resolveSibling(file.getFileName() + "." + i);
      if (!Files.exists(name)) {
        return Files.move(file, name);
      }
    }
  }

  private void answerJump(char key) {
    if (key == '\r' || key == '\n') {
      question = Question.NONE;
      String id = answer;
      Optional<Lesson.Task> chosen = tasks().filter(t -> t.exercise().id().equals(id)).findFirst();
      extra =
          chosen.isPresent() || id.isEmpty() ? List.of() : List.of("There is no exercise " + id);
      chosen.ifPresent(this::go);
    } else if (key == Screen.BACKSPACE || key == Screen.DELETE) {
      answer = answer.substring(0, Math.max(0, answer.length() - 1));
    } else if (Character.isDigit(key) || key == '.') {
      answer += key;
    } else {
      question = Question.NONE;
      extra = List.of();
    }
  }

  // What is shown

  private List<String> list(List<Lesson> of) {
    return of.stream()
        .flatMap(lesson -> lesson.tasks().stream())
        .map(t -> ProgressFile.line(t.exercise(), t.status().toString()))
        .toList();
  }

  private List<String> comparison() {
    boolean done = verdict != null && verdict.status() == Verdict.Status.DONE;
    if (!done && hints < task.exercise().hints().length) {
      return List.of("The solution is for when you are done, or have seen all three hints.");
    }
    if (!Files.exists(task.file())) {
      return List.of("There is no " + task.file() + " to compare. r resets it to its starter.");
    }
    try {
      List<String> yours = Files.readAllLines(task.file());
      List<String> lines =
          UnifiedDiffUtils.generateUnifiedDiff(
              "yours",
              "solution",
              yours,
              DiffUtils.diff(yours, Files.readAllLines(task.solution())),
              CONTEXT_LINES);
      return lines.isEmpty() ? List.of("Yours is the solution, to the letter.") : lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void draw() {
    screen.begin();
    screen.bars(lessons);
    screen.task(task);
    screen.verdict(busy, verdict, printed);
    if (verdict != null && verdict.status() == Verdict.Status.DONE) {
      screen.goOn(next());
    }
    screen.hints(task, hints);
    screen.extra(extra);
    screen.prompt(
        switch (question) {
          case RESET -> Screen.RESET.formatted(task.file().getFileName());
          case JUMP -> Screen.JUMP + answer;
          case NONE -> null;
        });
  }
}
