package countingstreams.structured02.exercises;

import countingstreams.structured.Lives;
import countingstreams.structured02.QueryLogs;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Exercise(
    id = "S2",
    title = "Numbers so far",
    task =
        "Let a query go on where it was, and print after each batch how many numbers there have been,"
            + " whatever has happened to the driver.",
    solves = NumbersSoFar.class,
    page = "structured-streaming",
    hints = {
      "What does a new driver know? What is in the checkpoint, and what a batch holds. Which of its"
          + " variables would have to be in the checkpoint, and are not?",
      "The option checkpointLocation, of the writer, makes the query go on: id and numbers are right then."
          + " A batch may come again, and batches may have other sizes than in this life. So neither a"
          + " counter nor id * numbers says how many there have been. Look at the numbers themselves.",
      "Numbers count from 0: after number 32 there have been 33. collectAsList() gives the numbers of all"
          + " partitions, one partition after the other. Sort them, print them, and print the last one plus 1."
    })
class NumbersSoFarTest {

  private static final Pattern LINE =
      Pattern.compile("batch (-?\\d+) \\| (.*) \\| (-?\\d+) so far");

  private static SparkSession spark;

  /** Of one test: the next one begins with batch 1 again. */
  @TempDir private Path checkpoint;

  private final List<String> lines = new ArrayList<>();

  @BeforeAll
  static void start() {
    spark = Lives.session().getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void goesOnWhereItWas() throws Exception {
    live(10, 1);
    live(10, 3);
    dieAfterTheLine(10, 1);
    live(3, 2);
    assertPrinted("so-far");
  }

  @Test
  void goesOnWhereAnotherDriverWas() throws Exception {
    anotherDriver(5);
    anotherDriver(4);
    dieBeforeTheCommit(1);
    live(3, 1); // before its batch, the one that the other driver has planned
    dieBeforeTheCommit(2);
    live(2, 1);
    assertPrinted("so-far-after-another");
  }

  /** Runs a query for one batch, and for the one before it if that is not done. */
  private void live(long numbers, int partitions) throws Exception {
    try {
      live(numbers, partitions, lines::add);
    } catch (StreamingQueryException e) {
      throw Lives.died(e);
    }
  }

  private void live(long numbers, int partitions, Consumer<String> console) throws Exception {
    Lives.live(NumbersSoFar.query(spark, checkpoint, numbers, partitions, console));
  }

  /** The batch has its output, and the driver comes no further. */
  private void dieAfterTheLine(long numbers, int partitions) throws Exception {
    try {
      live(
          numbers,
          partitions,
          line -> {
            lines.add(line);
            throw new IllegalStateException("The driver has died.");
          });
    } catch (StreamingQueryException e) {
      if (ExceptionUtils.getRootCauseMessage(e).contains("The driver has died.")) {
        return;
      }
      throw Lives.died(e);
    }
    throw new AssertionError(
        "The console has failed, and the query goes on: it takes the batch for done, so that it never comes"
            + " again. An error in foreachBatch has to reach the query.");
  }

  /** Takes away what Spark writes down after a batch, so that all is as it was just before. */
  private void dieBeforeTheCommit(long id) throws IOException {
    SortedSet<Long> done = new QueryLogs(checkpoint).committed();
    if (!done.contains(id)) {
      throw new AssertionError(
          ("The batches that are done have the ids %s, say the commits in the folder that the query is to have"
                  + " for its checkpoint, and %d is none of them. The folder is an option of the writer,"
                  + " checkpointLocation; and what is in it is Spark's.")
              .formatted(done, id));
    }
    Lives.killedBeforeTheCommit(checkpoint, id + 1);
  }

  /** Runs one batch of a query that nobody knows here, so that all there is of it is on disk. */
  private void anotherDriver(long numbers) throws Exception {
    VoidFunction2<Dataset<Row>, Long> nothing = (batch, id) -> {};
    Lives.live(
        spark
            .readStream()
            .format("rate-micro-batch")
            .option("rowsPerBatch", numbers)
            .load()
            .writeStream()
            .foreachBatch(nothing)
            .option("checkpointLocation", checkpoint.toString()));
  }

  private void assertPrinted(String name) {
    try {
      Transcript.assertMatches(name, lines);
    } catch (AssertionError e) {
      throw new AssertionError(why(Transcript.expected(name), lines) + "\n\n" + e.getMessage(), e);
    }
  }

  /** Looks at the first line that is not the one expected. */
  private static String why(List<String> expected, List<String> actual) {
    int first = 0;
    while (first < Math.min(expected.size(), actual.size())
        && expected.get(first).equals(actual.get(first))) {
      first++;
    }
    if (first == expected.size()) {
      return "There are more lines than batches.";
    }
    if (first == actual.size()) {
      return "The line of a batch is missing: " + expected.get(first);
    }
    Matcher right = LINE.matcher(expected.get(first));
    Matcher wrong = LINE.matcher(actual.get(first));
    if (!right.matches() || !wrong.matches()) {
      return "A line has another form than the one asked for: " + actual.get(first);
    }
    boolean again = first > 0 && expected.get(first).equals(expected.get(first - 1));
    if (!right.group(1).equals(wrong.group(1))) {
      return numbering(right.group(1), wrong.group(1), again);
    }
    if (!right.group(2).equals(wrong.group(2))) {
      return ("Batch %s has other numbers, or in another order. A batch that was planned has its range, whatever"
              + " the options are in this life; one that is planned now begins where the one before has ended. Its"
              + " numbers come one partition after the other, and the source deals them out in turn.")
          .formatted(right.group(1));
    }
    return "After batch %s there have been %s numbers, and the line says %s. %s%s"
        .formatted(
            right.group(1),
            right.group(3),
            wrong.group(3),
            again
                ? "The batch has come again: its driver had died before Spark wrote it down. "
                : "",
            "What a driver has counted dies with it, and counts twice what comes again. And id * numbers takes"
                + " all batches to be as large as those of this life: unlike a DStream, a query does not keep its"
                + " options in the checkpoint. What the batch holds is the same each time it comes.");
  }

  private static String numbering(String right, String wrong, boolean again) {
    if (wrong.equals("0")) {
      return "There is a batch 0. Spark's ids begin with 0, and the course counts batches from 1.";
    }
    if (wrong.equals("1")) {
      return ("Batch 1 comes where batch %s is to come: the query has begun anew, or its count of batches has."
              + " A query goes on if its writer has the option checkpointLocation, with the same folder in each"
              + " life. Without it Spark takes a temporary one. The id is in there, a variable is not.")
          .formatted(right);
    }
    return again
        ? ("Batch %s comes where batch %s is to come again. Its driver had died before Spark wrote down that it is"
                + " done, so Spark gives it another time, with its id. It is no other batch. And if it is left"
                + " out its line may be lost: nobody knows whether the one before was read.")
            .formatted(wrong, right)
        : "Batch %s comes where batch %s is to come. Only the id, which is in the checkpoint, says which it is."
            .formatted(wrong, right);
  }
}
