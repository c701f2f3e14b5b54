package countingstreams.lesson04;

import countingstreams.testkit.Kills;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;

/**
 * Kills the app at random moments, and checks that its database has each number of each batch
 * exactly once. Run it by {@code .ci/kill-and-restart}.
 */
public final class KillAndRestart {

  private static final int NUMBERS = 10;
  private static final int PAGES = 100;
  private static final int PARTITIONS = 2;

  private KillAndRestart() {}

  /** Kills as often as the first argument says. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("books-");
    String url = "jdbc:h2:file:%s;WRITE_DELAY=0".formatted(folder.resolve("views"));
    List<String> options =
        List.of(
            "--interval",
            "200",
            "--pages",
            String.valueOf(PAGES),
            "--partitions",
            String.valueOf(PARTITIONS),
            "--jdbc-url",
            url);
    Kills kills = Kills.of(PageViewsSinkApp.class, options, Integer.parseInt(args[0]));
    Books books = new Books(url);
    books.dropHalfABatch(PARTITIONS); // the last life may have died between two partitions
    int batches = books.partitionsWritten() / PARTITIONS;
    books.assertBalanced((long) batches * NUMBERS, PAGES);
    System.out.printf(
        "%d batches in the database, each number of them once; %d were printed%n",
        batches, kills.batches().size());
    FileUtils.deleteQuietly(kills.folder().toFile());
    FileUtils.deleteQuietly(folder.toFile());
  }
}
