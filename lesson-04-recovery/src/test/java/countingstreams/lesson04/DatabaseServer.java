package countingstreams.lesson04;

import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.JavaCommand;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.h2.tools.Server;

/** A database server in a JVM of its own, which can be killed and started again. */
final class DatabaseServer {

  private final Path folder;
  private final int port;
  private Process process;

  private DatabaseServer(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts a server.
   *
   * @param folder an empty folder
   */
  static DatabaseServer start(Path folder) throws IOException {
    DatabaseServer server = new DatabaseServer(folder, KafkaBroker.freePort());
    server.run();
    return server;
  }

  /** Starts it on what its folder holds. A client that comes too early tries again. */
  void run() throws IOException {
    List<String> command = JavaCommand.of(Server.class);
    command.addAll(
        List.of("-tcp", "-tcpPort", "" + port, "-baseDir", folder.toString(), "-ifNotExists"));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(folder.resolve("output.txt").toFile()))
            .start();
  }

  /** Returns its URL. Without WRITE_DELAY=0, what it has said is committed can be lost. */
  String url() {
    return "jdbc:h2:tcp://127.0.0.1:%d/./views;WRITE_DELAY=0".formatted(port);
  }

  ProcessHandle process() {
    return process.toHandle();
  }
}
