package countingstreams.lesson03;

import countingstreams.testkit.Kills;
import countingstreams.testkit.MeasuredTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Kills the app at random moments, with each of the three ways to keep the totals, and checks what
 * all its lives together have printed: the right totals for each batch, and no batch missing. Run
 * it by {@code .ci/kill-and-restart}.
 */
public final class KillAndRestart {

  private KillAndRestart() {}

  /**
   * Kills each as often as the first argument says. The second, if there is one, is the file for
   * the table of the page.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<List<Object>> rows = new ArrayList<>();
    for (PageViewsState state : PageViewsState.values()) {
      System.out.println(state);
      List<String> options =
          List.of("--interval", "200", "--pages", "100", "--state", state.toString());
      Kills kills =
          Kills.of(PageViewsApp.class, options, Integer.parseInt(args[0]))
              .check(batch -> PlainLoop.topPages(batch, 10, 100));
      rows.add(
          Stream.concat(Stream.of(state.toString()), kills.row().stream())
              .map(Object.class::cast)
              .toList());
    }
    if (args.length > 1) {
      MeasuredTable.here(
              "The app, killed by SIGKILL at random moments, with each way to keep the totals. Each"
                  + " batch printed the right totals in all lives, and none is missing",
              Stream.concat(Stream.of("state"), Kills.COLUMNS.stream()).toList(),
              rows)
          .write(Path.of(args[1]));
    }
  }
}
