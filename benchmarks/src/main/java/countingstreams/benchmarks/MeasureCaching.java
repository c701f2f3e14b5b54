package countingstreams.benchmarks;

import static countingstreams.benchmarks.Report.mean;
import static countingstreams.benchmarks.Report.median;
import static countingstreams.benchmarks.Report.rounded;
import static countingstreams.benchmarks.Report.worst;

import countingstreams.benchmarks.CachingJob.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.serializer.JavaSerializer;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the caching benchmark, and writes what the page of lesson 5 shows of it. */
@Command(
    name = "MeasureCaching",
    mixinStandardHelpOptions = true,
    description = "Measures from how many outputs on it pays to cache what they read.")
public final class MeasureCaching implements Callable<Integer> {

  private static final double LEAST_COST = 0.1; // Less is what it takes to count the calls.

  @Option(
      names = "--cost",
      split = ",",
      defaultValue = "0.1,1,10,100",
      description =
          "Microseconds of CPU time that the map of a record takes, 0.1 or more (${DEFAULT-VALUE}).")
  private SortedSet<Double> costs;

  @Option(
      names = "--outputs",
      split = ",",
      defaultValue = "1,2,3,4,5,6,7,8",
      description = "How many outputs read the mapped stream (${DEFAULT-VALUE}).")
  private SortedSet<Integer> outputs;

  @Option(
      names = "--levels",
      split = ",",
      defaultValue = "MEMORY_ONLY,MEMORY_ONLY_SER,MEMORY_AND_DISK,DISK_ONLY",
      description =
          "Storage levels to compare with NONE, which is always measured (${DEFAULT-VALUE}).")
  private SortedSet<Storage> levels;

  @Option(
      names = "--batch-ms",
      defaultValue = "80",
      description =
          "How long the map of a batch takes, if computed once; by it and by the cost a batch has "
              + "its number of records (${DEFAULT-VALUE}).")
  private int batchMilliseconds;

  @Option(
      names = "--most-records",
      defaultValue = "800000",
      description =
          "How many records a batch has at most: of a cheap map, the rest takes longer "
              + "(${DEFAULT-VALUE}).")
  private int mostRecords;

  @Option(
      names = "--warmup",
      defaultValue = "4",
      description = "Rounds before the measured ones (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--rounds",
      defaultValue = "16",
      description =
          "Measured rounds, a batch of each level with each number of outputs (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--output", description = "The file to write; if not given, it is printed.")
  private Path output;

  @Spec private CommandSpec command;

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureCaching()).execute(args));
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    checkOptions();
    levels.add(Storage.NONE);
    List<Map<String, Object>> maps = new ArrayList<>();
    List<Map<String, Object>> results = new ArrayList<>();
    Steps steps = new Steps("Setting", costs.size());
    for (double cost : costs) {
      steps.begin("a map of %s µs".formatted(cost));
      RunResult run = run(cost);
      maps.add(map(run, cost));
      results.addAll(results(run, cost));
    }
    String report = report(maps, results);
    if (output == null) {
      System.out.print(report);
    } else {
      Files.writeString(output, report);
    }
    return 0;
  }

  /** A run takes minutes: what is wrong is said before. */
  private void checkOptions() {
    OptionChecks checks = new OptionChecks(command);
    checks.each(
        "--cost", costs, cost -> cost >= LEAST_COST, "a number of microseconds from 0.1 on");
    checks.wholeNumbers("--outputs", outputs, 1);
    checks.wholeNumbers("--batch-ms", List.of(batchMilliseconds), 1);
    checks.wholeNumbers("--most-records", List.of(mostRecords), 1);
    checks.wholeNumbers("--warmup", List.of(warmup), 0);
    checks.wholeNumbers("--rounds", List.of(rounds), 1);
    checks.output(output);
  }

  private int records(double cost) {
    double records = batchMilliseconds * 1000.0 * BusyMap.PARTITIONS / cost;
    return (int) Math.min(mostRecords, Math.ceil(records));
  }

  private RunResult run(double cost) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(CachingBenchmark.class.getName())
        .addProfiler(RoundProfiler.class)
        .shouldFailOnError(true)
        .warmupIterations(warmup)
        .measurementIterations(rounds)
        .param("microseconds", String.valueOf(cost))
        .param("records", String.valueOf(records(cost)))
        .param("outputs", outputs.stream().map(String::valueOf).collect(Collectors.joining(",")))
        .param("storage", levels.stream().map(Storage::name).collect(Collectors.joining(",")))
        .resultFormat(ResultFormatType.JSON)
        .result("target/jmh-caching-%s.json".formatted(cost));
    return new Runner(options.build()).runSingle();
  }

  private String report(List<Map<String, Object>> maps, List<Map<String, Object>> results)
      throws IOException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("partitions", BusyMap.PARTITIONS);
    content.put("record", Long.class.getName());
    content.put("serializer", JavaSerializer.class.getName());
    content.put("warmupBatches", warmup);
    content.put("maps", maps);
    content.put("results", results);
    return Report.of("A batch whose outputs read one mapped stream, by its storage level", content);
  }

  /** Returns what was asked of the map and what it was, the median of the rounds. */
  private Map<String, Object> map(RunResult run, double cost) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("microseconds", cost);
    map.put("measuredMicroseconds", rounded(median(Report.values(run, "map.us"))));
    map.put("hashes", Math.round(mean(Report.values(run, "map.hashes"))));
    map.put("records", records(cost));
    return map;
  }

  private List<Map<String, Object>> results(RunResult run, double cost) {
    List<Map<String, Object>> results = new ArrayList<>();
    for (Storage level : levels) {
      for (int number : outputs) {
        Setting setting = new Setting(level, number);
        double[] ms = values(run, setting, "ms");
        double notCached = median(values(run, new Setting(Storage.NONE, number), "ms"));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("microseconds", cost);
        result.put("level", level);
        result.put("outputs", number);
        result.put("batches", ms.length);
        result.put("computations", Math.round(mean(values(run, setting, "computations"))));
        result.put("meanMs", rounded(mean(ms)));
        result.put("medianMs", rounded(median(ms)));
        result.put("worstMs", rounded(worst(ms)));
        result.put("timesNotCached", rounded(median(ms) / notCached));
        result.put("medianMicrosecondsPerRecord", rounded(median(ms) * 1000 / records(cost)));
        result.put("memoryBytes", Math.round(mean(values(run, setting, "memory"))));
        result.put("diskBytes", Math.round(mean(values(run, setting, "disk"))));
        result.put("batchMs", rounded(ms));
        results.add(result);
      }
    }
    return results;
  }

  /** Returns what the rounds have measured of a setting, in order. */
  private static double[] values(RunResult run, Setting setting, String what) {
    return Report.values(run, CachingBenchmark.name(setting, what));
  }
}
