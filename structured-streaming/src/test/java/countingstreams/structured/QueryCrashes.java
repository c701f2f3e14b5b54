package countingstreams.structured;

import countingstreams.testkit.CrashImage;
import countingstreams.testkit.WatchedFileSystem;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/**
 * Kills a query between any two changes to a file of its checkpoint, in the life of one batch, and
 * runs it again on what is left: a copy of the files, and of what it has put out until then.
 */
public final class QueryCrashes {

  /** Makes the query of a new driver. */
  @FunctionalInterface
  public interface Driver {
    DataStreamWriter<?> query(SparkSession spark, Path checkpoint) throws Exception;
  }

  /** What a killed driver leaves, besides its checkpoint: what it printed, and where it wrote. */
  private record Left(String before, Path files, List<String> printed, String outside) {}

  private final Driver driver;
  private final Supplier<String> save;
  private final Consumer<String> load;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final List<Left> left = Collections.synchronizedList(new ArrayList<>());

  /** The checkpoint while it is looked at, otherwise null. */
  private volatile Path watched;

  /**
   * @param save returns what a database has
   * @param load makes a database have that, and nothing else
   */
  public QueryCrashes(Driver driver, Supplier<String> save, Consumer<String> load) {
    this.driver = driver;
    this.save = save;
    this.load = load;
  }

  /**
   * Runs some batches, then one that is killed wherever it can be, and after each kill a driver
   * that does two batches more.
   *
   * @param check is told where the kill was, and what all drivers have printed
   * @return where the kills were
   */
  public List<String> run(int doneBefore, Path checkpoint, BiConsumer<String, List<String>> check)
      throws Exception {
    String id = UUID.randomUUID().toString();
    PrintStream before = System.out;
    System.setOut(new Console());
    try (SparkSession spark = session(WatchedFileSystem.watch(id, this::killedBefore))) {
      for (int batch = 1; batch <= doneBefore; batch++) {
        runOnce(spark, checkpoint);
      }
      watched = checkpoint;
      runOnce(spark, checkpoint);
      watched = null;
      for (Left killed : left) {
        output.reset();
        load.accept(killed.outside());
        runOnce(spark, killed.files()); // the batch that was killed, and maybe the one after it
        runOnce(spark, killed.files());
        List<String> printed = new ArrayList<>(killed.printed());
        printed.addAll(printed());
        check.accept(killed.before(), printed);
      }
      return left.stream().map(Left::before).toList();
    } finally {
      System.setOut(before);
      WatchedFileSystem.forget(id);
      left.forEach(killed -> FileUtils.deleteQuietly(killed.files().toFile()));
    }
  }

  /** Keeps what is left if the driver is killed now, before it does something. */
  public void killedBefore(String what) {
    Path checkpoint = watched;
    if (checkpoint != null) {
      left.add(new Left(what, CrashImage.copy(checkpoint), printed(), save.get()));
    }
  }

  /** One batch: what there is when the query starts, and rate-micro-batch always has one. */
  private void runOnce(SparkSession spark, Path checkpoint) throws Exception {
    Lives.live(driver.query(spark, checkpoint).option("checkpointLocation", checkpoint.toString()));
  }

  private List<String> printed() {
    return output
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("batch "))
        .toList();
  }

  private static SparkSession session(Map<String, String> watching) {
    SparkSession.Builder builder = Lives.session();
    watching.forEach(builder::config);
    return builder.getOrCreate();
  }

  /** A driver can be killed before it prints a line, too. */
  private final class Console extends PrintStream {

    Console() {
      super(output, true, StandardCharsets.UTF_8);
    }

    @Override
    public void println(String line) {
      killedBefore("print");
      super.println(line);
    }
  }
}
