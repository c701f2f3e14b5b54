package countingstreams.structured04;

import static org.apache.spark.sql.functions.col;

import countingstreams.lesson04.JdbcSink;
import countingstreams.lesson04.PageViewsSinkApp;
import countingstreams.structured02.CheckpointedCountingQuery;
import countingstreams.structured03.PageViewsQuery;
import java.sql.SQLException;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lesson 4's app as a query: writes the page views of each batch to a database, exactly once. */
@Command(
    name = "PageViewsSinkQuery",
    description = "Writes the page views of each batch to a database, exactly once.")
public class PageViewsSinkQuery extends CheckpointedCountingQuery {

  @Option(
      names = "--pages",
      paramLabel = "N",
      defaultValue = "1000",
      converter = Count.class,
      description = "Pages there are (default: ${DEFAULT-VALUE}).")
  private int pages;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      defaultValue = "jdbc:h2:file:./target/${COMMAND-NAME}-views;WRITE_DELAY=0;AUTO_SERVER=TRUE",
      description = "The database (default: ${DEFAULT-VALUE}).")
  protected String jdbcUrl;

  @Option(
      names = "--files",
      paramLabel = "DIR",
      defaultValue = "",
      description = "Read the numbers from files, a line each and a file a batch (default: count).")
  private String files;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new PageViewsSinkQuery());
  }

  // #region define
  @Override
  protected DataStreamWriter<?> define(SparkSession spark) throws Exception {
    if (isNew()) {
      new JdbcSink(jdbcUrl).createOrExplain();
    }
    return views(spark).writeStream().foreachBatch(upToLast(this::write));
  }

  /** Returns the input: a page for each view. */
  protected Dataset<Long> views(SparkSession spark) {
    return PageViewsQuery.pageViews(files.isEmpty() ? numbers(spark) : inFiles(spark), pages);
  }

  /** A file that was once in a batch is that batch's for good, whatever comes to it later. */
  private Dataset<Long> inFiles(SparkSession spark) {
    return spark
        .readStream()
        .schema("value long")
        .option("maxFilesPerTrigger", 1)
        .option("multiLine", true) // not cut into lines by Hadoop, which JDK 24 and newer break
        .csv(files)
        .as(Encoders.LONG());
  }

  // #endregion define

  // #region write
  /**
   * Writes a batch. Spark calls it on the query's thread, at least once for each batch, and again
   * if it does not know that the batch is done: the id tells that it is the same one.
   *
   * <p>The key is id and partition, so a page has to be in the same partition each time: the number
   * of partitions is given. Left alone, Spark chooses one by the size of what it has.
   */
  protected void write(Dataset<Long> views, long id) throws SQLException {
    JavaPairRDD<Long, Long> counts =
        PageViewsQuery.counted(views.repartition(partitions, col("value")))
            .javaRDD()
            .mapToPair(page -> page);
    long written = new JdbcSink(jdbcUrl).write(counts, id);
    System.out.println(PageViewsSinkApp.line(id + 1, written, counts.getNumPartitions()));
  }
  // #endregion write
}
