package countingstreams.structured05;

import static org.apache.spark.sql.functions.sum;

import countingstreams.lesson03.PageViewsApp;
import countingstreams.lesson05.CachingApp;
import countingstreams.lesson05.Held;
import countingstreams.structured03.PageViewsQuery;
import countingstreams.structured04.PageViewsSinkQuery;
import java.sql.SQLException;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scala.Tuple2;

/** Lesson 5's app as a query: two readers of each batch, which is computed once. */
@Command(
    name = "CachingQuery",
    description =
        "Writes the page views of each batch to a database, prints the top pages so far, and says how often each number was computed and what is held.")
public class CachingQuery extends PageViewsSinkQuery {

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "3",
      converter = Count.class,
      description = "Pages to print, those with most views (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--storage-level",
      paramLabel = "LEVEL",
      defaultValue = "MEMORY_AND_DISK",
      converter = CachingApp.Level.class,
      description = "Where page views are kept, or NONE (default: ${DEFAULT-VALUE}).")
  private StorageLevel storageLevel;

  /** How many page views of this batch were computed, by tasks that have ended. */
  private LongAccumulator computed;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new CachingQuery());
  }

  @Override
  protected Dataset<Long> views(SparkSession spark) {
    computed = spark.sparkContext().longAccumulator();
    return counted(super.views(spark), computed);
  }

  // #region write
  @Override
  protected void write(Dataset<Long> views, long id) throws SQLException {
    computed.reset();
    views.persist(storageLevel);
    try {
      super.write(views, id); // the first reader: the views of the batch, to the database
      long numbers = printTotals(views, id); // the second reader: the top pages so far
      report(views, id, numbers); // reads nothing: says what the others have caused
    } finally {
      views.unpersist(); // nobody else does
    }
  }

  // #endregion write

  // #region totals
  /**
   * Prints the top pages: what the database has of the batches before, and the views of this one.
   * So the line is the same if the batch runs again. Returns how many views this one has.
   */
  private long printTotals(Dataset<Long> views, long id) {
    List<Tuple2<Long, Long>> counts = PageViewsQuery.counted(views).collectAsList();
    SparkSession spark = views.sparkSession();
    Dataset<Row> totals =
        spark
            .read()
            .format("jdbc")
            .option("url", jdbcUrl)
            .option("query", "select page, views from page_views where batch_time < " + id)
            .load()
            .union(spark.createDataset(counts, PageViewsQuery.PAGE_AND_VIEWS).toDF())
            .groupBy("page")
            .agg(sum("views").as("views"));
    System.out.println(PageViewsApp.line(id + 1, PageViewsQuery.top(top, totals)));
    return counts.stream().mapToLong(Tuple2::_2).sum();
  }

  // #endregion totals

  private void report(Dataset<Long> views, long id, long numbers) {
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(views.sparkSession().sparkContext());
    Held held = Held.of(context.getPersistentRDDs().keySet());
    System.out.println(CachingApp.line(id + 1, numbers, computed.value()) + " | " + held);
  }

  /** Counts each view as it is computed. One that is read from a block is not computed. */
  private static Dataset<Long> counted(Dataset<Long> views, LongAccumulator computed) {
    MapFunction<Long, Long> counted =
        page -> {
          computed.add(1);
          return page;
        };
    return views.map(counted, Encoders.LONG());
  }
}
