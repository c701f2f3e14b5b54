package countingstreams.lesson04;

import countingstreams.lesson02.CheckpointedCountingApp;
import countingstreams.lesson03.PageViewsDStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import scala.Tuple2;

/** The driver program: writes the page views of each batch to a database, exactly once. */
@Command(
    name = "PageViewsSinkApp",
    description = "Writes the page views of each batch to a database, exactly once.")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class PageViewsSinkApp extends CheckpointedCountingApp {

  /** How long to wait for a broker, in milliseconds. */
  private static final int PATIENCE_MS = 60_000;

  private static final long POLL_MS = 50;

  @Option(
      names = "--pages",
      paramLabel = "N",
      defaultValue = "1000",
      converter = Count.class,
      description = "Pages there are (default: ${DEFAULT-VALUE}).")
  protected int pages;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      defaultValue = "jdbc:h2:file:./target/page-views;WRITE_DELAY=0;AUTO_SERVER=TRUE",
      description = "The database (default: ${DEFAULT-VALUE}).")
  private String jdbcUrl;

  @Option(
      names = "--kafka",
      paramLabel = "SERVERS",
      defaultValue = "",
      description = "Read the numbers from Kafka, HOST:PORT (default: count).")
  private String kafka;

  @Option(
      names = "--topic",
      paramLabel = "NAME",
      defaultValue = "numbers",
      description = "Kafka's topic (default: ${DEFAULT-VALUE}).")
  private String topic;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new PageViewsSinkApp());
  }

  // #region define
  @Override
  protected void define(JavaStreamingContext context) {
    JdbcSink sink = new JdbcSink(jdbcUrl);
    create(sink, context);
    PageViewsDStream views = views(context);
    views
        .asJava()
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitions)
        .foreachRDD((counts, time) -> System.out.println(write(sink, counts, views, time)));
  }

  /** Returns the input. Called once in the life of a checkpoint. */
  protected PageViewsDStream views(JavaStreamingContext context) {
    return new DirectPageViewsDStream(context.ssc(), topic(), numbers, pages);
  }

  /** Returns where the numbers come from. */
  protected final Topic topic() {
    return kafka.isEmpty()
        ? new CountedTopic(partitions)
        : new KafkaTopic(kafka, topic, PATIENCE_MS);
  }

  // #endregion define

  private static void create(JdbcSink sink, JavaStreamingContext context) {
    try {
      sink.createOrExplain();
    } catch (IllegalArgumentException e) {
      context.stop();
      throw e;
    }
  }

  /** Static: the function that calls it becomes part of the checkpoint, without this app. */
  private static String write(
      JdbcSink sink, JavaPairRDD<Long, Long> counts, PageViewsDStream views, Time time) {
    awaitFirstCheckpoint(views.context());
    long written = sink.write(counts, time);
    return line(views.batchNumber(time), written, counts.getNumPartitions());
  }

  /** Returns a line that says how many partitions of a batch were written, of all it has. */
  public static String line(long batchNumber, long written, int partitions) {
    return "batch %d | %d of %d partitions written, %d were there"
        .formatted(batchNumber, written, partitions, partitions - written);
  }

  // #region first-checkpoint
  /**
   * Nothing may be in the database before there is a checkpoint. A driver that finds none begins
   * with batch 1, at another batch time: what was there would count twice.
   */
  private static void awaitFirstCheckpoint(StreamingContext context) {
    while (Checkpoint.getCheckpointFiles(context.checkpointDir(), scala.Option.empty()).isEmpty()) {
      if (context.awaitTerminationOrTimeout(POLL_MS)) {
        throw new IllegalStateException("Stopped before the first checkpoint.");
      }
    }
  }

  // #endregion first-checkpoint

  @Override
  protected String shown(String value) {
    return JdbcSink.withoutPassword(value);
  }

  @Override
  protected List<String> frozen() {
    List<String> options = new ArrayList<>(super.frozen());
    options.addAll(List.of("--pages", "--jdbc-url", "--kafka", "--topic"));
    return options;
  }
}
