package countingstreams.structured03;

import static org.apache.spark.sql.functions.col;

import countingstreams.lesson03.PageViewsApp;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.structured02.CheckpointedCountingQuery;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.OutputMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scala.Tuple2;

/** Lesson 3's app as a query: counts page views, and prints the top pages after each batch. */
@Command(
    name = "PageViewsQuery",
    description = "Counts page views, and prints the top pages after each batch.")
public class PageViewsQuery extends CheckpointedCountingQuery {

  private static final Encoder<Tuple2<Long, Long>> PAGE_AND_VIEWS =
      Encoders.tuple(Encoders.LONG(), Encoders.LONG());

  @Option(
      names = "--pages",
      paramLabel = "N",
      defaultValue = "1000",
      converter = Count.class,
      description = "Pages there are (default: ${DEFAULT-VALUE}).")
  private int pages;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "3",
      converter = Count.class,
      description = "Pages to print, those with most views (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--changelog",
      description = "Write what a batch has changed of the state, and snapshots beside it.")
  private boolean changelog;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new PageViewsQuery());
  }

  // #region define
  @Override
  protected DataStreamWriter<?> define(SparkSession spark) {
    return pageViews(numbers(spark), pages)
        .groupBy(col("value"))
        .count() // a state store for each partition of the shuffle: all pages so far
        .as(PAGE_AND_VIEWS)
        .writeStream()
        .outputMode(OutputMode.Complete()) // all of them, not only those that have changed
        .foreachBatch(upToLast(this::print));
  }

  // #endregion define

  // #region page-views
  /** Returns the page that each number is a view of. */
  public static Dataset<Long> pageViews(Dataset<Long> numbers, int pages) {
    MapFunction<Long, Long> pageOf = number -> PageViewsDStream.pageOf(number, pages);
    return numbers.map(pageOf, Encoders.LONG());
  }

  // #endregion page-views

  private void print(Dataset<Tuple2<Long, Long>> totals, long id) {
    List<Tuple2<Long, Long>> first =
        totals.orderBy(col("count").desc(), col("value")).takeAsList(top);
    System.out.println(PageViewsApp.line(id + 1, first));
  }

  // #region session
  /** The state is in RocksDB, on the executor's disk, in as many partitions as a batch has. */
  @Override
  protected SparkSession.Builder session() {
    return super.session()
        .config("spark.sql.shuffle.partitions", partitions)
        .config(
            "spark.sql.streaming.stateStore.providerClass",
            RocksDBStateStoreProvider.class.getName())
        .config("spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", changelog);
  }
  // #endregion session
}
