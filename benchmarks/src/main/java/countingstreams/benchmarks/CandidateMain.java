package countingstreams.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;

/**
 * A candidate in a JVM of its own, so that none pays for another's garbage. Does what the lines of
 * its input ask for, and answers each with a line of numbers:
 *
 * <ul>
 *   <li>{@code batch}: nanoseconds, bytes written to the checkpoint directory, checksum of the
 *       output
 *   <li>{@code memory}: bytes of heap in use after a garbage collection, less those before the
 *       first batch; bytes that the process has in memory
 *   <li>{@code totals}: checksum of the totals
 * </ul>
 */
final class CandidateMain {

  private CandidateMain() {}

  /**
   * @param args the candidate, a folder that is there, pages, pages touched by a batch
   */
  public static void main(String[] args) {
    try {
      run(args);
      System.exit(0);
    } catch (Throwable e) {
      e.printStackTrace();
      System.exit(1); // Spark's threads would go on
    }
  }

  private static void run(String[] args) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // The answers are ours alone.
    Path folder = Path.of(args[1]);
    Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    Workload workload = new Workload(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    SparkConf conf =
        new SparkConf()
            .setAppName(args[0])
            .setMaster("local[" + Workload.PARTITIONS + "]")
            .set("spark.ui.enabled", "false")
            .set("spark.serializer", KryoSerializer.class.getName())
            .set("spark.local.dir", folder.resolve("local").toString());
    NewFiles written = new NewFiles(checkpoint);
    StateJob job = Candidate.valueOf(args[0]).start(conf, workload, checkpoint);
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    long heapBefore = heapInUse();
    answers.println("ready");
    for (String request = requests.readLine(); request != null; request = requests.readLine()) {
      switch (request) {
        case "batch" -> {
          long start = System.nanoTime();
          long output = job.batch();
          long nanoseconds = System.nanoTime() - start;
          job.settle();
          answers.println(nanoseconds + " " + written.bytes() + " " + output);
        }
        case "memory" -> answers.println(heapInUse() - heapBefore + " " + residentBytes());
        case "totals" -> answers.println(job.totals());
        default -> throw new IllegalArgumentException(request);
      }
    }
  }

  private static long heapInUse() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  /** On Linux only. */
  private static long residentBytes() {
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      return status
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
