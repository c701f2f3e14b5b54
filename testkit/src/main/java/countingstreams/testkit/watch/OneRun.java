package countingstreams.testkit.watch;

import countingstreams.testkit.ProgressFile;
import countingstreams.testkit.Verdict;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/** Tests all exercises once, for those who have no terminal to watch. */
final class OneRun {

  private final List<Lesson> lessons;
  private final Duration limit;

  OneRun(List<Lesson> lessons, Duration limit) {
    this.lessons = lessons;
    this.limit = limit;
  }

  /** Returns 0, or 1 if an exercise is wrong. */
  int run(PrintStream out) {
    boolean wrong = false;
    for (Lesson lesson : lessons) {
      try (WorkerProcess worker = new WorkerProcess(lesson, limit)) {
        for (Lesson.Task task : lesson.tasks()) {
          Verdict verdict = worker.test(task);
          task.record(verdict.status());
          out.printf(
              "%s %s: %s%n", task.exercise().id(), task.exercise().title(), verdict.status());
          if (verdict.status().isWrong()) {
            wrong = true;
            verdict.messages().forEach(message -> out.println(message.indent(4).stripTrailing()));
          }
        }
      }
      out.println(ProgressFile.bar(lesson.name(), lesson.statuses().values()));
    }
    return wrong ? 1 : 0;
  }
}
