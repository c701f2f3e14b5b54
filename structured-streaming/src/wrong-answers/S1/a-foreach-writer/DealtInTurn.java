package countingstreams.structured01.exercises;

import java.util.StringJoiner;
import java.util.function.Consumer;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;

/** Wrong: a writer is used by tasks, on executors. */
public final class DealtInTurn {

  private DealtInTurn() {}

  private static volatile Consumer<String> out;

  public static DataStreamWriter<Long> query(
      SparkSession spark, long numbers, int partitions, Consumer<String> console) {
    out = console;
    return spark
        .readStream()
        .format("rate-micro-batch")
        .option("rowsPerBatch", numbers)
        .option("numPartitions", partitions)
        .load()
        .select("value")
        .as(Encoders.LONG())
        .writeStream()
        .foreach(new Lines());
  }

  /** Used by a task, for a partition. */
  private static final class Lines extends ForeachWriter<Long> {

    private static final long serialVersionUID = 1L;

    private StringJoiner line;

    @Override
    public boolean open(long partition, long id) {
      String start = "batch %d | partition %d | ".formatted(id + 1, partition);
      line = new StringJoiner(" ", start, "");
      return true;
    }

    @Override
    public void process(Long number) {
      line.add(String.valueOf(number));
    }

    @Override
    public void close(Throwable error) {
      out.accept(line.toString());
    }
  }
}
