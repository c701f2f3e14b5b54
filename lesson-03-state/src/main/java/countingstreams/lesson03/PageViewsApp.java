package countingstreams.lesson03;

import countingstreams.lesson02.CheckpointedCountingApp;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scala.Tuple2;

/** The driver program: counts page views, and prints the top pages after each batch. */
@Command(
    name = "PageViewsApp",
    description = "Counts page views, and prints the top pages after each batch.")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class PageViewsApp extends CheckpointedCountingApp {

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
      defaultValue = "own",
      converter = State.class,
      description =
          "How totals are kept: updateStateByKey, mapWithState or own (default: ${DEFAULT-VALUE}).")
  private PageViewsState state;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new PageViewsApp());
  }

  @Override
  protected void define(JavaStreamingContext context) {
    PageViewsDStream views = new PageViewsDStream(context.ssc(), numbers, partitions, pages);
    int printed = top; // The function becomes part of the checkpoint, without this app.
    state
        .totals(views, partitions)
        .foreachRDD(
            (totals, time) ->
                System.out.println(line(views.batchNumber(time), top(printed, totals))));
  }

  @Override
  protected List<String> frozen() {
    List<String> options = new ArrayList<>(super.frozen());
    options.addAll(List.of("--pages", "--top", "--state"));
    return options;
  }

  /** Returns the pages with most views, the first page first among equals. Runs a Spark job. */
  public static List<Tuple2<Long, Long>> top(int count, JavaPairRDD<Long, Long> totals) {
    return totals.takeOrdered(count, new MostViews());
  }

  /** Returns a line with these pages and their views. */
  public static String line(long batchNumber, List<Tuple2<Long, Long>> pages) {
    return pages.stream()
        .map(page -> "page %d: %d".formatted(page._1(), page._2()))
        .collect(Collectors.joining(" | ", "batch %d | ".formatted(batchNumber), ""));
  }

  /** A class, because Spark sends it to executors. */
  private static final class MostViews implements Comparator<Tuple2<Long, Long>>, Serializable {

    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Tuple2<Long, Long> one, Tuple2<Long, Long> other) {
      int byViews = Long.compare(other._2(), one._2());
      return byViews == 0 ? Long.compare(one._1(), other._1()) : byViews;
    }
  }

  /** Reads an option's value. */
  static final class State extends Choice<PageViewsState> {

    State() {
      super(PageViewsState.values());
    }
  }
}
