package countingstreams.testkit;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How to start a JVM like this one: the same Java, with the same flags. */
public final class JavaCommand {

  private JavaCommand() {}

  /**
   * Returns the command, to which the program's arguments can be added.
   *
   * @param program its main class
   */
  public static List<String> of(String classPath, Class<?> program) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", classPath, program.getName()));
    return command;
  }

  /** Returns the same, with the class path of this JVM. */
  public static List<String> of(Class<?> program) {
    return of(System.getProperty("java.class.path"), program);
  }
}
