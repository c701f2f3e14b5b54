package countingstreams.structured01.exercises;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.structured.Lives;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Exercise(
    id = "S1",
    title = "Dealt in turn",
    task =
        "Count in a query, and print the numbers of each batch, partition by partition, as the source"
            + " has dealt them out.",
    solves = DealtInTurn.class,
    page = "structured-streaming",
    hints = {
      "The source rate-micro-batch has one option for how many numbers a batch has, and one for how"
          + " many partitions. foreachBatch gives a batch and its id. Where does an id come from, and what"
          + " is the first?",
      "A Dataset does not show its partitions. batch.javaRDD() does: glom() makes a list of each, also of"
          + " an empty one, and collect() has them in order. The id is in the checkpoint, and the first is 0.",
      "Options rowsPerBatch and numPartitions, then load(), select(\"value\"), as(Encoders.LONG()),"
          + " writeStream(), and foreachBatch of a VoidFunction2<Dataset<Long>, Long>. It takes"
          + " CountingApp.lines(id + 1, batch.javaRDD()), and gives each line to the console."
    })
class DealtInTurnTest {

  private static final Pattern LINE =
      Pattern.compile("batch (-?\\d+) \\| partition (\\d+) \\| (.*)");

  private static final String EACH_PARTITION =
      "The source makes as many as its option numPartitions says, or one for each core. Each has a line,"
          + " in the order of their numbers. What groups or sorts rows knows nothing of a partition without"
          + " rows. The batch's RDD has them all: glom() makes a list of each.";

  private static SparkSession spark;

  /** Of one test: the next one begins with batch 1 again. */
  @TempDir private Path checkpoint;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<String> fromExecutors = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() {
    spark = Lives.session().getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void dealsThemOutInTurn() throws Exception {
    for (int batch = 1; batch <= 2; batch++) {
      live(6, 4);
    }
    assertPrinted("dealt-in-turn");
  }

  @Test
  void printsEmptyPartitionsToo() throws Exception {
    live(2, 12);
    live(5, 3); // the next batch goes on after the 2 numbers, with other options
    assertPrinted("dealt-in-turn-few");
  }

  /** Runs a query for one batch, from the checkpoint of the one before. */
  private void live(long numbers, int partitions) throws Exception {
    try {
      Lives.live(
          DealtInTurn.query(spark, numbers, partitions, this::print)
              .option("checkpointLocation", checkpoint.toString()));
    } catch (StreamingQueryException e) {
      throw Lives.died(e);
    }
  }

  /** A task has a context on its thread, and the driver has none. */
  private void print(String line) {
    lines.add(line);
    if (TaskContext.get() != null) {
      fromExecutors.add(line);
    }
  }

  private void assertPrinted(String name) {
    assertThat(fromExecutors)
        .as(
            "Lines that tasks have printed. Tasks run on executors, which print where nobody looks, and in"
                + " the order in which they come to it. Bring the numbers of a batch to the driver,"
                + " partition by partition, and print them there")
        .isEmpty();
    try {
      Transcript.assertMatches(name, lines);
    } catch (AssertionError e) {
      throw new AssertionError(why(Transcript.expected(name), lines) + "\n\n" + e.getMessage(), e);
    }
  }

  /** Looks at the first line that is not the one expected. */
  private static String why(List<String> expected, List<String> actual) {
    if (actual.isEmpty()) {
      return "The console was given no line. It is the parameter: System.out is another one. And the"
          + " source is rate-micro-batch: whenever it is asked, it has the numbers of the next batch.";
    }
    int first = 0;
    while (first < Math.min(expected.size(), actual.size())
        && expected.get(first).equals(actual.get(first))) {
      first++;
    }
    if (first == actual.size()) {
      return "Lines are missing at the end. " + EACH_PARTITION;
    }
    if (first == expected.size()) {
      return "There are more lines than partitions.";
    }
    Matcher right = LINE.matcher(expected.get(first));
    Matcher wrong = LINE.matcher(actual.get(first));
    if (!right.matches() || !wrong.matches()) {
      return "A line has another form than in lesson 1: " + actual.get(first);
    }
    if (!right.group(1).equals(wrong.group(1))) {
      return numbering(right, wrong);
    }
    if (!right.group(2).equals(wrong.group(2))) {
      return "A line of partition %s is where one of partition %s is to be. %s"
          .formatted(wrong.group(2), right.group(2), EACH_PARTITION);
    }
    return "Partition %s of batch %s has other numbers. %s"
        .formatted(
            right.group(2),
            right.group(1),
            "The source deals out the numbers of a batch in turn: the first goes to partition 0, the next"
                + " to partition 1, and after the last partition it begins again. It makes as many as its"
                + " option numPartitions says, or one for each core. What is repartitioned afterwards"
                + " is dealt out another time. A batch begins where the one before has ended, and"
                + " that one may have had another number of them.");
  }

  private static String numbering(Matcher right, Matcher wrong) {
    if (wrong.group(1).equals("0")) {
      return "There is a batch 0. Spark's ids begin with 0, and the course counts batches from 1.";
    }
    if (!right.group(2).equals("0")) {
      return "Batch %s has no line of partition %s. %s"
          .formatted(right.group(1), right.group(2), EACH_PARTITION);
    }
    return ("Batch %s is where batch %s is to be. Each batch here is of a query of its own, which goes on from a"
            + " checkpoint, or begins with a new one. Only the id knows which, for it is in the checkpoint:"
            + " a variable begins anew with a driver, and not with a checkpoint.")
        .formatted(wrong.group(1), right.group(1));
  }
}
