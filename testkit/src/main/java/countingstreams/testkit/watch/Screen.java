package countingstreams.testkit.watch;

import countingstreams.testkit.Exercises;
import countingstreams.testkit.ProgressFile;
import countingstreams.testkit.Verdict;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.InfoCmp.Capability;

/** Draws the watch, from top to bottom, each time anew. */
final class Screen {

  static final char CTRL_C = 3;
  static final char CTRL_D = 4;
  static final char BACKSPACE = 8;
  static final char DELETE = 127;

  static final String KEYS = "h hint · s solution · l list · t test the lesson · r reset · q quit";
  static final String RESET = "Reset %s to its starter? Your version is kept beside it. [y/N] ";
  static final String JUMP = "Go to exercise (Enter: stay): ";

  private static final int PRINTED_LINES = 6;
  private static final AttributedStyle PLAIN = AttributedStyle.DEFAULT;
  private static final AttributedStyle TITLE = AttributedStyle.BOLD;
  private static final AttributedStyle QUIET = AttributedStyle.DEFAULT.faint();
  private static final AttributedStyle GOOD =
      AttributedStyle.BOLD.foreground(AttributedStyle.GREEN);
  private static final AttributedStyle BAD = AttributedStyle.BOLD.foreground(AttributedStyle.RED);

  private final Terminal terminal;

  Screen(Terminal terminal) {
    this.terminal = terminal;
  }

  void begin() {
    terminal.puts(Capability.clear_screen);
  }

  void end() {
    line(PLAIN, "");
    terminal.flush();
  }

  void bars(List<Lesson> lessons) {
    lessons.forEach(
        lesson -> line(PLAIN, ProgressFile.bar(lesson.name(), lesson.statuses().values())));
    line(PLAIN, "");
  }

  void task(Lesson.Task task) {
    line(TITLE, task.exercise().id() + " " + task.exercise().title());
    line(PLAIN, "  " + task.exercise().task());
    line(PLAIN, "  File: " + task.lesson().folder().getParent().relativize(task.file()));
    line(PLAIN, "  Page: " + Exercises.address(task.exercise()));
    line(PLAIN, "");
  }

  /** What the test says, or what is going on; and what the code has printed. */
  void verdict(String busy, Verdict verdict, List<String> printed) {
    if (busy != null) {
      line(QUIET, busy);
      line(PLAIN, "");
    } else if (verdict != null) {
      line(style(verdict.status()), text(verdict.status()));
      line(PLAIN, "");
      verdict.messages().forEach(message -> extra(message.lines().toList()));
      if (!printed.isEmpty()) {
        line(QUIET, "Your code printed:");
        extra(printed.subList(Math.max(0, printed.size() - PRINTED_LINES), printed.size()));
      }
    }
  }

  void goOn(Optional<Lesson.Task> next) {
    line(
        PLAIN,
        next.map(
                task ->
                    "Next: %s %s. Press n."
                        .formatted(task.exercise().id(), task.exercise().title()))
            .orElse("All exercises are done. s compares yours with the solution."));
    line(PLAIN, "");
  }

  void hints(Lesson.Task task, int count) {
    for (int i = 0; i < count; i++) {
      line(PLAIN, "Hint %d: %s".formatted(i + 1, task.exercise().hints()[i]));
    }
    if (count > 0) {
      line(PLAIN, "");
    }
  }

  void extra(List<String> lines) {
    lines.forEach(text -> line(PLAIN, text));
    if (!lines.isEmpty()) {
      line(PLAIN, "");
    }
  }

  /** Ends the screen with a question, or with the keys. */
  void prompt(String question) {
    new AttributedStringBuilder()
        .styled(question == null ? QUIET : TITLE, question == null ? KEYS : question)
        .print(terminal);
    terminal.flush();
  }

  private static AttributedStyle style(Verdict.Status status) {
    if (status == Verdict.Status.DONE) {
      return GOOD;
    }
    return status.isWrong() ? BAD : TITLE;
  }

  private static String text(Verdict.Status status) {
    return switch (status) {
      case NOT_STARTED -> "not started: replace the lines that throw the TODO, and save";
      case STARTED -> "started: what is written is right, and a TODO is left";
      default -> status.toString();
    };
  }

  private void line(AttributedStyle style, String text) {
    new AttributedStringBuilder().styled(style, text).println(terminal);
  }
}
