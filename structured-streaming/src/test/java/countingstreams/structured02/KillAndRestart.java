package countingstreams.structured02;

import countingstreams.testkit.Kills;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Kills the query at random moments and checks what all its lives together have printed: one range
 * a batch, and no batch missing. Run it by {@code .ci/kill-and-restart}.
 */
public final class KillAndRestart {

  static final int NUMBERS = 10;

  private KillAndRestart() {}

  /** Kills as often as the first argument says. */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> options = List.of("--interval", "100", "--numbers", String.valueOf(NUMBERS));
    Kills.of(CheckpointedCountingQuery.class, options, Integer.parseInt(args[0]))
        .check(KillAndRestart::line);
  }

  /** Returns what has to be printed of a batch. */
  static String line(long batch) {
    return LongStream.range((batch - 1) * NUMBERS, batch * NUMBERS)
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(" ", "batch " + batch + " | partition 0 | ", ""));
  }
}
