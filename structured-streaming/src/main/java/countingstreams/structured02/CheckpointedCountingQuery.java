package countingstreams.structured02;

import countingstreams.structured01.CountingQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lesson 2's app as a query: goes on where it was when it is killed and started again. */
@Command(
    name = "CheckpointedCountingQuery",
    description = "Counts, and goes on where it was when it is killed and started again.")
public class CheckpointedCountingQuery extends CountingQuery {

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      defaultValue = "target/${COMMAND-NAME}",
      description = "Folder of the checkpoint (default: ${DEFAULT-VALUE}).")
  private Path checkpoint;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new CheckpointedCountingQuery());
  }

  // #region driver
  @Override
  protected final DataStreamWriter<?> query(SparkSession spark) throws Exception {
    DataStreamWriter<?> query = define(spark);
    System.out.println(
        isNew()
            ? "No checkpoint in %s yet: starts with batch 1.".formatted(checkpoint)
            : "Recovered from %s: %s".formatted(checkpoint, logs()));
    return query.option("checkpointLocation", checkpoint.toAbsolutePath().toString());
  }

  /** Returns what is to run. Called in each life: none of it is in the checkpoint. */
  protected DataStreamWriter<?> define(SparkSession spark) throws Exception {
    return super.query(spark);
  }

  // #endregion driver

  /** Returns whether no batch has been planned yet: whatever there is begins now. */
  protected final boolean isNew() throws IOException {
    return logs().planned().isEmpty();
  }

  private QueryLogs logs() {
    if (Files.exists(checkpoint) && !Files.isDirectory(checkpoint)) {
      throw new IllegalArgumentException(
          "nothing can be written to --checkpoint %s (it is a file): name a folder of yours"
              .formatted(checkpoint));
    }
    return new QueryLogs(checkpoint.toAbsolutePath());
  }
}
