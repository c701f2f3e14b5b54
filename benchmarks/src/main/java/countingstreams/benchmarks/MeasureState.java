package countingstreams.benchmarks;

import static countingstreams.benchmarks.Report.mean;
import static countingstreams.benchmarks.Report.median;
import static countingstreams.benchmarks.Report.rounded;
import static countingstreams.benchmarks.Report.worst;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the state benchmark, and writes what the page of lesson 3 shows of it. */
@Command(
    name = "MeasureState",
    mixinStandardHelpOptions = true,
    description = "Measures ways to keep running totals: time, bytes and heap.")
public final class MeasureState implements Callable<Integer> {

  @Option(
      names = "--pages",
      split = ",",
      defaultValue = "10000,100000,1000000,5000000",
      description = "How many pages there are: divisors of a power of ten (${DEFAULT-VALUE}).")
  private List<Integer> pages;

  @Option(
      names = "--percent",
      split = ",",
      defaultValue = "0.1,1,10",
      description = "How many of the pages a batch views (${DEFAULT-VALUE}).")
  private List<Double> percent;

  @Option(
      names = "--warmup",
      defaultValue = "9",
      description = "Rounds before the measured ones (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--rounds",
      defaultValue = "20",
      description =
          "Measured rounds, a batch of each candidate; multiples of 10 have as many checkpoints (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--output", description = "The file to write; if not given, it is printed.")
  private Path output;

  @Option(names = "--add", description = "Keep what --output has of other settings.")
  private boolean add;

  @Spec private CommandSpec command;

  public static void main(String[] args) {
    System.exit(new CommandLine(new MeasureState()).execute(args));
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    if (add && (output == null || !Files.isRegularFile(output))) {
      throw new ParameterException(
          command.commandLine(),
          "--add needs a file to add to: --output %s is none, leave --add out".formatted(output));
    }
    List<Map<String, Object>> results = add ? read(output) : new ArrayList<>();
    Steps steps = new Steps("Setting", pages.size() * percent.size());
    for (int number : pages) {
      for (double touched : percent) {
        steps.begin("%d pages, a batch views %s %%".formatted(number, touched));
        results.removeIf(result -> isOf(result, number, touched));
        results.addAll(results(run(number, touched)));
        if (output != null) { // after each, so that little is lost of a run that is ended
          Files.writeString(output, report(results));
        }
      }
    }
    if (output == null) {
      System.out.print(report(results));
    }
    return 0;
  }

  @SuppressWarnings("unchecked") // as report() has written it
  private static List<Map<String, Object>> read(Path file) throws IOException {
    Map<String, Object> report = new ObjectMapper().readValue(file.toFile(), Map.class);
    return (List<Map<String, Object>>) report.get("results");
  }

  private static boolean isOf(Map<String, Object> result, int number, double touched) {
    return result.get("keys").equals(number) && result.get("percentTouched").equals(touched);
  }

  private static String report(List<Map<String, Object>> results) throws IOException {
    return Report.of(
        "Running totals of page views, by how they are kept", Map.of("results", results));
  }

  private RunResult run(int number, double touched) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(StateBenchmark.class.getName())
        .addProfiler(RoundProfiler.class)
        .shouldFailOnError(true)
        .warmupIterations(warmup)
        .measurementIterations(rounds)
        .param("pages", String.valueOf(number))
        .param("percent", String.valueOf(touched))
        .resultFormat(ResultFormatType.JSON)
        .result("target/jmh-state-%d-%s.json".formatted(number, touched));
    return new Runner(options.build()).runSingle();
  }

  private static List<Map<String, Object>> results(RunResult run) {
    double noState = mean(values(run, Candidate.NO_STATE, "ms"));
    List<Map<String, Object>> results = new ArrayList<>();
    for (Candidate candidate : Candidate.values()) {
      double[] ms = values(run, candidate, "ms");
      int keys = Integer.parseInt(run.getParams().getParam("pages"));
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("candidate", candidate.title());
      result.put("keys", keys);
      result.put("percentTouched", Double.valueOf(run.getParams().getParam("percent")));
      result.put("batches", ms.length);
      result.put("meanMs", rounded(mean(ms)));
      result.put("medianMs", rounded(median(ms)));
      result.put("worstMs", rounded(worst(ms)));
      result.put("timesNoState", rounded(mean(ms) / noState));
      result.put("bytesPerBatch", Math.round(mean(values(run, candidate, "bytes"))));
      result.put("heapBytesPerKey", rounded(mean(values(run, candidate, "heap")) / keys));
      result.put("residentMegabytes", Math.round(mean(values(run, candidate, "resident")) / 1e6));
      result.put("batchMs", rounded(ms));
      results.add(result);
    }
    return results;
  }

  /** Returns what the rounds have measured of a candidate, in order. */
  private static double[] values(RunResult run, Candidate candidate, String what) {
    return Report.values(run, candidate + "." + what);
  }
}
