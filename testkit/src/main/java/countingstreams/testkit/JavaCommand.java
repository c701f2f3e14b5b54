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
    return of(classPath, program.getName(), List.of());
  }

  /**
   * Returns the same, with flags that come after those of this JVM: of two that are alike, Java
   * takes the last.
   */
  public static List<String> of(String classPath, String program, List<String> flags) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, program));
    return command;
  }

  /** Returns the same, with the class path of this JVM. */
  public static List<String> of(Class<?> program) {
    return of(System.getProperty("java.class.path"), program);
  }
}
