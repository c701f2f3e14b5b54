package countingstreams.structured03;

import static org.apache.spark.sql.functions.col;

import countingstreams.lesson03.PageViewsApp;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.structured02.CheckpointedCountingQuery;
import java.time.Duration;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scala.Tuple2;

/** Lesson 3's app as a query: counts page views, and prints the top pages after each batch. */
@Command(
    name = "PageViewsQuery",
    description = "Counts page views, and prints the top pages after each batch.")
public class PageViewsQuery extends CheckpointedCountingQuery {

  /** How totals are kept. */
  private enum State {
    COUNT("count"),
    TRANSFORM_WITH_STATE("transformWithState");

    private final String option;

    State(String option) {
      this.option = option;
    }

    @Override
    public String toString() {
      return option;
    }
  }

  /** A page, and how many views it has. */
  public static final Encoder<Tuple2<Long, Long>> PAGE_AND_VIEWS =
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
      names = "--state",
      paramLabel = "HOW",
      defaultValue = "count",
      converter = StateOption.class,
      description = "How totals are kept: count or transformWithState (default: ${DEFAULT-VALUE}).")
  private State state;

  @Option(
      names = "--idle",
      paramLabel = "MS",
      defaultValue = "600000",
      converter = Count.class,
      description =
          "With transformWithState: milliseconds after its last view that a page is forgotten (default: ${DEFAULT-VALUE}).")
  private int idle;

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
    Dataset<Long> views = pageViews(numbers(spark), pages);
    DataStreamWriter<Tuple2<Long, Long>> query =
        switch (state) {
          case COUNT -> counted(views).writeStream().outputMode(OutputMode.Complete());
          case TRANSFORM_WITH_STATE ->
              totals(views, Duration.ofMillis(idle)).writeStream().outputMode(OutputMode.Update());
        };
    return query.foreachBatch(upToLast(this::print));
  }

  /** All pages, with their views: of a stream those so far, as it keeps its state by itself. */
  public static Dataset<Tuple2<Long, Long>> counted(Dataset<Long> views) {
    return views.groupBy("value").count().as(PAGE_AND_VIEWS);
  }

  /** The pages that are in the batch, each with its views so far, by a state of our own. */
  public static Dataset<Tuple2<Long, Long>> totals(Dataset<Long> views, Duration idle) {
    MapFunction<Long, Long> page = view -> view;
    return views
        .groupByKey(page, Encoders.LONG())
        .transformWithState(
            new RunningTotals(idle),
            TimeMode.ProcessingTime(),
            OutputMode.Update(),
            PAGE_AND_VIEWS);
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
    System.out.println(PageViewsApp.line(id + 1, top(top, totals.toDF("page", "views"))));
  }

  /** Returns the pages with most views, the first page first among equals. Runs a Spark job. */
  public static List<Tuple2<Long, Long>> top(int count, Dataset<Row> totals) {
    return totals.orderBy(col("views").desc(), col("page")).as(PAGE_AND_VIEWS).takeAsList(count);
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

  /** Reads an option's value. */
  static final class StateOption extends Choice<State> {

    StateOption() {
      super(State.values());
    }
  }
}
