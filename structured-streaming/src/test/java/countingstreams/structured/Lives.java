package countingstreams.structured;

import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeoutException;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Runs a query from its start to its end. With {@code rate-micro-batch}, whose numbers are always
 * there, such a life has one batch; before it comes the batch that was planned in the life before,
 * and is not done.
 */
public final class Lives {

  private static final long PATIENCE_MS = 60_000;

  private Lives() {}

  /**
   * Returns a session for tests: on two cores, without web UI. It writes checkpoints with the one
   * of Spark's two file managers that does not run a command of the system for each file.
   */
  public static SparkSession.Builder session() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("test")
        .config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2)
        .config(
            "spark.sql.streaming.checkpointFileManagerClass",
            FileSystemBasedCheckpointFileManager.class.getName());
  }

  /**
   * Starts a query, and comes back when it has ended.
   *
   * @throws StreamingQueryException if it has failed
   */
  public static void live(DataStreamWriter<?> query)
      throws StreamingQueryException, TimeoutException {
    StreamingQuery running = query.trigger(Trigger.AvailableNow()).start();
    if (!running.awaitTermination(PATIENCE_MS)) {
      throw new AssertionError(
          "Waited %d ms for the end of the query: %s".formatted(PATIENCE_MS, running.status()));
    }
  }

  /**
   * Makes a checkpoint what it was when a batch had its output, and was not known to be done: takes
   * away its commit, and the plan of the batch after it, in the query's log and a source's.
   *
   * @param batch its number, 1 for the first
   */
  public static void killedBeforeTheCommit(Path checkpoint, long batch) throws IOException {
    delete(checkpoint.resolve("commits"), batch - 1);
    delete(checkpoint.resolve("offsets"), batch);
    delete(checkpoint.resolve("sources/0"), batch);
  }

  private static void delete(Path log, long id) throws IOException {
    Files.deleteIfExists(log.resolve(String.valueOf(id)));
    Files.deleteIfExists(log.resolve(".%d.crc".formatted(id)));
  }

  /** Says in a line of what a query has died. */
  public static AssertionError died(StreamingQueryException e) {
    Throwable cause = ExceptionUtils.getRootCause(e);
    String says = ExceptionUtils.getMessage(cause).lines().findFirst().orElse("");
    String why =
        cause instanceof NotSerializableException
            ? " What a task uses is sent to it. This can't be: it stays on the driver."
            : "";
    return new AssertionError("The query has failed. Spark says: %s.%s".formatted(says, why), e);
  }
}
