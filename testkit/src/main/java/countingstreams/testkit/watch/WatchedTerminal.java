package countingstreams.testkit.watch;

import countingstreams.testkit.JavaCommand;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jline.builtins.ScreenTerminal;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Attributes.OutputFlag;
import org.jline.terminal.Size;
import org.jline.terminal.impl.jni.JniNativePty;
import org.jline.terminal.impl.jni.JniTerminalProvider;

/** Runs the watch on a real pseudo-terminal, presses its keys and reads its screen. */
public final class WatchedTerminal implements AutoCloseable {

  private static final int COLUMNS = 110;
  private static final int ROWS = 120; // else the verdict on a long answer scrolls away
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final JniNativePty pty;
  private final Process process;
  private final ScreenTerminal screen = new ScreenTerminal(COLUMNS, ROWS);
  private final OutputStream keys;

  /**
   * Starts a watch.
   *
   * @param directory its working directory
   * @param arguments the lessons' folders, and options
   */
  public WatchedTerminal(Path directory, List<String> arguments) {
    List<String> command = JavaCommand.of(Watch.class);
    command.addAll(arguments);
    try {
      pty = (JniNativePty) new JniTerminalProvider().open(likeATerminal(), new Size(COLUMNS, ROWS));
      File terminal = new File(pty.getName());
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(terminal)
              .redirectOutput(terminal)
              .redirectError(terminal);
      builder.environment().put("TERM", "screen");
      process = builder.start();
      keys = pty.getMasterOutput();
      read(pty.getMasterInput());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the process of the watch. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /** Presses keys, one after the other. */
  public void press(String pressed) {
    try {
      keys.write(pressed.getBytes(StandardCharsets.UTF_8));
      keys.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits until the screen is as wanted, and drawn to its end, and returns its lines.
   *
   * @throws AssertionError if it is not in a minute: with what it shows
   */
  public synchronized String await(Predicate<String> wanted) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!isWhole() || !wanted.test(lines())) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError("After " + PATIENCE + " the screen shows:\n" + lines());
        }
        wait(left);
      }
      return lines();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for the screen.", e);
    }
  }

  /** Waits until the watch has ended, and returns its exit status. */
  public int exitStatus() {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while waiting for the end.", e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      pty.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Attributes likeATerminal() {
    Attributes attributes = new Attributes();
    attributes.setInputFlags(EnumSet.of(InputFlag.ICRNL));
    attributes.setOutputFlags(EnumSet.of(OutputFlag.OPOST, OutputFlag.ONLCR));
    attributes.setLocalFlags(EnumSet.of(LocalFlag.ICANON, LocalFlag.ISIG, LocalFlag.ECHO));
    return attributes;
  }

  /** The screen is drawn from top to bottom: its last line is the keys, or a question. */
  private boolean isWhole() {
    String lines = lines();
    String last = lines.substring(lines.lastIndexOf('\n') + 1);
    String jump = Screen.JUMP.stripTrailing();
    String reset = Screen.RESET.substring(Screen.RESET.indexOf('?')).stripTrailing();
    return last.equals(Screen.KEYS) || last.startsWith(jump) || last.endsWith(reset);
  }

  private String lines() {
    return screen
        .toString()
        .lines()
        .map(String::stripTrailing)
        .collect(Collectors.joining("\n"))
        .strip();
  }

  private void read(InputStream output) {
    Thread reader =
        new Thread(
            () -> {
              try (Reader text = new InputStreamReader(output, StandardCharsets.UTF_8)) {
                char[] some = new char[4096];
                for (int n = text.read(some); n >= 0; n = text.read(some)) {
                  synchronized (this) {
                    screen.write(String.valueOf(some, 0, n));
                    notifyAll();
                  }
                }
              } catch (IOException e) {
                // The terminal is closed.
              }
            },
            "screen");
    reader.setDaemon(true);
    reader.start();
  }
}
