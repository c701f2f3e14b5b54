package countingstreams.benchmarks.engines;

import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.JavaCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.FileUtils;

/**
 * An engine that counts, in a JVM of its own, with topics of its own, and what reads its counts.
 */
final class EngineRun implements AutoCloseable {

  static final int HEAP_MEGABYTES = 1024;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int MOST_STARTS = 5;
  private static final AtomicInteger RUNS = new AtomicInteger();

  private final Setting setting;
  private final KafkaBroker kafka;
  private final CountJob job;
  private final CountsReader counts;

  // What follows is guarded by this.
  private Process process;
  private boolean killed;
  private int starts;

  /**
   * Makes the topics. The engine is not started yet.
   *
   * @param atMost records of a batch, if the engine has batches
   * @param allViews how many views there will be at most
   */
  EngineRun(Setting setting, KafkaBroker kafka, Views views, int atMost, int allViews)
      throws IOException {
    int number = RUNS.incrementAndGet();
    this.setting = setting;
    this.kafka = kafka;
    this.job =
        new CountJob(
            kafka.servers(),
            "views-" + number,
            "counts-" + number,
            Files.createTempDirectory("engine-"),
            views.pages(),
            setting.intervalMs(),
            setting.exactlyOnce(),
            atMost);
    kafka.create(job.input(), CountJob.PARTITIONS);
    kafka.create(job.output(), CountJob.PARTITIONS);
    this.counts = new CountsReader(job.servers(), job.output(), views, allViews);
  }

  CountJob job() {
    return job;
  }

  CountsReader counts() {
    return counts;
  }

  /** Starts the engine; if it was killed, on what its folder holds. */
  synchronized void start() throws IOException {
    killed = false;
    List<String> flags = new ArrayList<>(job.flags());
    flags.add("-Xmx" + HEAP_MEGABYTES + "m");
    flags.add("-Dspark.log.file=" + job.folder().resolve("spark.log"));
    if (setting.staticMember()) {
      flags.add("-Dmember=" + job.output());
    }
    Engine engine = setting.engine();
    process =
        new ProcessBuilder(JavaCommand.of(engine.classPath(), engine.program(), flags))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log().toFile()))
            .start();
  }

  /** Starts the engine, and again whenever it ends by itself, as a supervisor does. */
  synchronized void startSupervised() throws IOException {
    start();
    starts++;
    process.onExit().thenAccept(this::startAgain);
  }

  private synchronized void startAgain(Process ended) {
    if (ended != process || killed || starts == MOST_STARTS) {
      return;
    }
    try {
      startSupervised();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns how often the engine was started under supervision. */
  synchronized int starts() {
    return starts;
  }

  /** Waits for the first result. */
  void awaitResult() throws InterruptedException {
    if (!counts.awaitResult(PATIENCE)) {
      throw failed("has written no result in " + PATIENCE.toSeconds() + " s");
    }
  }

  /** Waits until so many views are counted. */
  void awaitViews(int number) throws InterruptedException {
    if (!awaited(number)) {
      throw failed("has counted %d of %d views".formatted(counts.countedViews(), number));
    }
  }

  /** Waits until so many views are counted, or no more are, and there are no more results. */
  void awaitNoMore(int number, Duration quiet) throws InterruptedException {
    awaited(number);
    counts.awaitQuiet(quiet);
  }

  /** Waits as long as it goes on, and returns whether so many views are counted. */
  private boolean awaited(int number) throws InterruptedException {
    int before;
    do {
      before = counts.countedViews();
    } while (!counts.awaitViews(number, PATIENCE) && counts.countedViews() > before);
    return counts.countedViews() >= number;
  }

  private IllegalStateException failed(String what) {
    try {
      return new IllegalStateException(
          "%s %s. It has printed:%n%s".formatted(setting, what, Files.readString(log())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return job.folder().resolve("output.txt");
  }

  /** Kills the engine by SIGKILL. */
  void kill() {
    Process running;
    synchronized (this) {
      killed = true;
      running = process;
    }
    if (running != null) {
      running.destroyForcibly().onExit().join();
    }
  }

  /** Kills the engine, and deletes its topics and its folder. */
  @Override
  public void close() {
    kill();
    counts.close();
    kafka.delete(job.input());
    kafka.delete(job.output());
    FileUtils.deleteQuietly(job.folder().toFile());
  }
}
