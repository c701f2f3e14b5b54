package countingstreams.structured04;

import countingstreams.structured.Database;
import countingstreams.testkit.Kills;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;

/**
 * Kills the query at random moments, and checks that its database has each number of each batch
 * exactly once. Run it by {@code .ci/kill-and-restart}.
 */
public final class KillAndRestart {

  private static final int NUMBERS = 10;
  private static final int PAGES = 100;

  private KillAndRestart() {}

  /** Kills as often as the first argument says. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("views-");
    String url = "jdbc:h2:file:%s;WRITE_DELAY=0".formatted(folder.resolve("views"));
    List<String> options =
        List.of("--interval", "200", "--pages", String.valueOf(PAGES), "--jdbc-url", url);
    Kills kills = Kills.of(PageViewsSinkQuery.class, options, Integer.parseInt(args[0]));
    Map<Long, Long> totals = new Database(url).totals("page_views");
    long views = totals.values().stream().mapToLong(Long::longValue).sum();
    if (views == 0 || !totals.equals(Database.expected(views, PAGES))) {
      throw new IllegalStateException(
          "%d views, and not each number once: %s".formatted(views, totals));
    }
    System.out.printf(
        "%d batches in the database, each number of them once; %d were printed%n",
        views / NUMBERS, kills.batches().size());
    FileUtils.deleteQuietly(kills.folder().toFile());
    FileUtils.deleteQuietly(folder.toFile());
  }
}
