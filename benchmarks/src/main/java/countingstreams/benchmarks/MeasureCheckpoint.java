package countingstreams.benchmarks;

import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what a checkpoint costs, by what lesson 2's stream remembers. */
@Command(
    name = "MeasureCheckpoint",
    mixinStandardHelpOptions = true,
    description = "Measures what a checkpoint costs, by how many batch times a stream remembers.")
public final class MeasureCheckpoint implements Callable<Integer> {

  @Option(
      names = "--batch-times",
      split = ",",
      defaultValue = "10,100,1000,10000,100000",
      description = "How many batch times are in the record (${DEFAULT-VALUE}).")
  private SortedSet<Integer> batchTimes;

  @Option(
      names = "--warmup",
      defaultValue = "50",
      description = "Rounds before the measured ones (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--rounds",
      defaultValue = "200",
      description = "Measured rounds, a checkpoint with each record (${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private ChartFolder charts;
  @Spec private CommandSpec command;

  private final Map<Integer, List<LongRecord.Cost>> costs = new TreeMap<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureCheckpoint()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    OptionChecks checks = new OptionChecks(command);
    checks.wholeNumbers("--batch-times", batchTimes, 1);
    checks.wholeNumbers("--warmup", List.of(warmup), 0);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    charts.check(checks);
    Path folder = Files.createTempDirectory("checkpoints-");
    try (LongRecord record = new LongRecord(folder)) {
      measure(record);
    } finally {
      FileUtils.deleteQuietly(folder.toFile());
    }
    charts.add(
        "checkpoint-ms",
        chart(
            "How long a checkpoint of lesson 2's stream takes, by how many batch times it remembers",
            Axis.of("time", "ms", Scale.LOG),
            List.of(
                series("until its bytes are there", LongRecord.Cost::serializeMs),
                series("until its file is written", LongRecord.Cost::writeMs))));
    charts.add(
        "checkpoint-bytes",
        chart(
            "How large a checkpoint of lesson 2's stream is, by how many batch times it remembers",
            Axis.of("file", "bytes", Scale.LOG),
            List.of(series("checkpoint file", LongRecord.Cost::bytes))));
    return 0;
  }

  private void measure(LongRecord record) throws IOException {
    List<Integer> order = new ArrayList<>(batchTimes);
    order.forEach(number -> costs.put(number, new ArrayList<>()));
    Steps steps = new Steps("Round", warmup + rounds);
    for (int round = -warmup; round < rounds; round++) {
      steps.begin("a checkpoint with each record");
      Collections.shuffle(order, new Random(round));
      for (int number : order) {
        LongRecord.Cost cost = record.checkpoint(number);
        if (round >= 0) {
          costs.get(number).add(cost);
        }
      }
    }
  }

  private Series series(String name, ToDoubleFunction<LongRecord.Cost> figure) {
    return new Series(
        name,
        costs.entrySet().stream()
            .map(
                record ->
                    Report.quartiles(
                        record.getKey(), record.getValue().stream().mapToDouble(figure).toArray()))
            .toList());
  }

  private Chart chart(String title, Axis y, List<Series> series) {
    return new Chart(
        title,
        ("one stream with one output and no batch pending; the batch times are a second apart, and"
                + " each has a range of ten numbers. Spark's own CheckpointWriter, with Java's"
                + " serialization and LZ4 as Spark chooses them. First time: the checkpoint is made"
                + " and serialized, on the thread that generates jobs. Second time: from the same"
                + " moment until the file is on a local disk, its older ones are deleted and the"
                + " engine was told. One JVM; a round is a checkpoint with each record, in shuffled"
                + " order; %d rounds to warm up")
            .formatted(warmup),
        "median of %d rounds, from the first quartile to the third".formatted(rounds),
        Axis.of("batch times in the record", "", Scale.LOG),
        y,
        series,
        "benchmarks/run checkpoint-cost",
        Chart.Measured.here(Map.of()));
  }
}
