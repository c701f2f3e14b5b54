package countingstreams.lesson05;

import countingstreams.lesson03.PageViewsApp;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.lesson03.PageViewsState;
import countingstreams.lesson04.PageViewsSinkApp;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The driver program: the whole pipeline, and what it computes and holds in memory. */
@Command(
    name = "CachingApp",
    description =
        "Writes the page views of each batch to a database, prints the top pages so far, and says how often each number was computed and what is held.")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CachingApp extends PageViewsSinkApp {

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
      defaultValue = "MEMORY_ONLY_SER",
      converter = Level.class,
      description = "Where page views are kept, or NONE (default: ${DEFAULT-VALUE}).")
  private StorageLevel storageLevel;

  private CachedPageViewsDStream views;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new CachingApp());
  }

  // #region define
  @Override
  protected void define(JavaStreamingContext context) {
    views = new CachedPageViewsDStream(context.ssc(), topic(), numbers, pages, storageLevel);
    super.define(context); // the first reader: the views of each batch, to the database
    printTotals(views, partitions, top); // the second reader: the top pages so far
    report(views); // reads nothing: it comes last, and says what the others have caused
  }

  @Override
  protected PageViewsDStream views(JavaStreamingContext context) {
    return views;
  }

  /** Static, as the next one: the function becomes part of the checkpoint, without this app. */
  private static void printTotals(CachedPageViewsDStream views, int partitions, int top) {
    PageViewsState.OWN
        .totals(views, partitions)
        .foreachRDD(
            (totals, time) ->
                System.out.println(
                    PageViewsApp.line(views.batchNumber(time), PageViewsApp.top(top, totals))));
  }

  private static void report(CachedPageViewsDStream views) {
    views.asJava().foreachRDD((batch, time) -> System.out.println(line(views, time)));
  }

  // #endregion define

  private static String line(CachedPageViewsDStream views, Time time) {
    return "%s | %s | %d evicted"
        .formatted(
            line(views.batchNumber(time), views.records(time), views.computations(time)),
            views.held(),
            views.evictions());
  }

  /** Returns a line that says how often each number of a batch was computed. */
  public static String line(long batchNumber, long numbers, long computations) {
    return String.format(
        Locale.ROOT,
        "batch %d | %d numbers, %d computations: %.1f a number",
        batchNumber,
        numbers,
        computations,
        (double) computations / numbers);
  }

  @Override
  protected List<String> frozen() {
    List<String> options = new ArrayList<>(super.frozen());
    options.addAll(List.of("--top", "--storage-level"));
    return options;
  }

  /** Reads an option's value. */
  public static final class Level implements ITypeConverter<StorageLevel> {

    @Override
    public StorageLevel convert(String value) {
      try {
        return StorageLevel.fromString(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "'%s' is no storage level: NONE, MEMORY_ONLY, MEMORY_ONLY_SER, MEMORY_AND_DISK, MEMORY_AND_DISK_SER, DISK_ONLY, or one of them with _2."
                .formatted(value));
      }
    }
  }
}
