package countingstreams.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Running totals of page views. An invocation is a round: one batch of each candidate, one after
 * the other, in another order each round. What else the machine does then hits all of them alike,
 * and their ratios hold.
 *
 * <p>Each candidate is in a JVM of its own, so JMH need not start another ({@code Fork(0)}), and
 * what it measures, a whole round, says little: the candidates' own times and bytes are secondary
 * results, see {@link RoundProfiler}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(0)
public class StateBenchmark {

  /** Batches from one full checkpoint of mapWithState and updateStateByKey to the next. */
  static final int CHECKPOINT_CYCLE = 10;

  private static final int MANY_PAGES = 5_000_000;

  @Param("1000000")
  private int pages;

  /** How many of the pages a batch views. */
  @Param("1")
  private double percent;

  private final List<CandidateProcess<Candidate>> running = new ArrayList<>();
  private Expected expected;
  private int warmupRounds;
  private int rounds;

  /** Starts the candidates. Their first batch views all pages. */
  @Setup(Level.Trial)
  public void start(BenchmarkParams params) throws IOException {
    warmupRounds = params.getWarmup().getCount();
    rounds = params.getMeasurement().getCount();
    Workload workload = new Workload(pages, (int) Math.round(pages * percent / 100));
    expected = new Expected(workload);
    for (Candidate candidate : Candidate.values()) {
      running.add(
          new CandidateProcess<>(
              candidate,
              CandidateMain.class,
              heapMegabytes(candidate, workload),
              workload.pages(),
              workload.touched()));
    }
    for (CandidateProcess<Candidate> candidate : running) {
      candidate.awaitReady();
    }
    batchOfEach();
  }

  /** Runs a batch of each candidate, in another order each time, and checks what comes out. */
  @Benchmark
  public void round() throws IOException, InterruptedException {
    batchOfEach();
    long measured = expected.batch() - 1 - warmupRounds;
    for (CandidateProcess<Candidate> candidate : List.copyOf(running)) {
      if (measured == measuredBatches(candidate.candidate(), pages, rounds)) {
        finish(candidate);
      }
    }
  }

  @TearDown(Level.Trial)
  public void stop() throws IOException, InterruptedException {
    for (CandidateProcess<Candidate> candidate : running) {
      candidate.end();
    }
    running.clear();
  }

  /** Returns how many batches of a candidate are measured, of so many rounds. */
  static int measuredBatches(Candidate candidate, int pages, int rounds) {
    return candidate == Candidate.UPDATE_STATE_BY_KEY && pages >= MANY_PAGES
        ? Math.min(rounds, CHECKPOINT_CYCLE)
        : rounds;
  }

  /** Returns the most heap a candidate can have: at least what its state needs to be in memory. */
  static int heapMegabytes(Candidate candidate, Workload workload) {
    if (workload.pages() < MANY_PAGES) {
      return 2048;
    }
    // It holds on to several maps of what has changed.
    boolean more = candidate == Candidate.MAP_WITH_STATE && workload.touched() >= MANY_PAGES / 10;
    return more ? 6144 : 4096;
  }

  private void batchOfEach() throws IOException {
    Measured.clear();
    expected.next();
    for (CandidateProcess<Candidate> candidate : running) {
      long[] answer = candidate.ask("batch");
      check(candidate, "output", answer[2], candidate.candidate().output(expected));
      measure(candidate, "ms", answer[0] / 1e6);
      measure(candidate, "bytes", answer[1]);
    }
    Collections.shuffle(running, new Random(expected.batch()));
  }

  private void finish(CandidateProcess<Candidate> candidate)
      throws IOException, InterruptedException {
    long[] memory = candidate.ask("memory");
    measure(candidate, "heap", memory[0]);
    measure(candidate, "resident", memory[1]);
    check(candidate, "totals", candidate.ask("totals")[0], candidate.candidate().totals(expected));
    candidate.end();
    running.remove(candidate);
  }

  private void check(CandidateProcess<Candidate> candidate, String what, long is, long shouldBe) {
    if (is != shouldBe) {
      throw new IllegalStateException(
          "%s: wrong %s of batch %d".formatted(candidate.candidate(), what, expected.batch()));
    }
  }

  private static void measure(CandidateProcess<Candidate> candidate, String what, double value) {
    Measured.put(candidate.candidate() + "." + what, value, what.equals("ms") ? "ms" : "B");
  }
}
