package countingstreams.lesson02;

import countingstreams.testkit.Kills;
import countingstreams.testkit.MeasuredTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Kills the app at random moments and checks what all its lives together have printed: one range a
 * batch, and no batch missing. Run it by {@code .ci/kill-and-restart}.
 */
public final class KillAndRestart {

  private static final int NUMBERS = 10;

  private KillAndRestart() {}

  /**
   * Kills as often as the first argument says. The second, if there is one, is the file for the
   * table of the page.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> options = List.of("--interval", "100", "--numbers", String.valueOf(NUMBERS));
    Kills kills =
        Kills.of(CheckpointedCountingApp.class, options, Integer.parseInt(args[0]))
            .check(KillAndRestart::line);
    if (args.length > 1) {
      MeasuredTable.here(
              "The app, killed by SIGKILL at random moments: while it starts, recovers, catches up or"
                  + " counts. Each batch printed the same range in all lives, and none is missing",
              Kills.COLUMNS,
              List.of(kills.row()))
          .write(Path.of(args[1]));
    }
  }

  private static String line(long batch) {
    return LongStream.range((batch - 1) * NUMBERS, batch * NUMBERS)
        .mapToObj(String::valueOf)
        .collect(Collectors.joining(" ", "batch " + batch + " | partition 0 | ", ""));
  }
}
