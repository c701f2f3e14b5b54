package countingstreams.benchmarks;

import countingstreams.testkit.Chart;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where the charts of a measurement go: an option of its command. */
final class ChartFolder {

  @Option(
      names = "--charts",
      paramLabel = "FOLDER",
      description = "The folder to write the charts to; if not given, they are printed.")
  private Path folder;

  /** Refuses a folder that can't be written to, before anything is measured. */
  void check(OptionChecks checks) {
    checks.folder("--charts", folder);
  }

  /**
   * Writes a chart, or prints it.
   *
   * @param name by which pages show it
   */
  void add(String name, Chart chart) {
    if (folder == null) {
      System.out.printf("%s.json%n%s", name, chart.json());
    } else {
      chart.write(folder.resolve(name + ".json"));
    }
  }
}
