package countingstreams.lesson02;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Crashes;
import countingstreams.testkit.Crashes.Shot;
import countingstreams.testkit.MeasuredTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.streaming.StreamingContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Crashes at each point of a batch's life, and between any two changes to a file, with batches
 * queued and intervals of down time. A run takes an image of what a killed driver would leave at
 * each point; then a driver is started on each.
 */
class CrashesTest {

  private static final int NUMBERS = 5;
  private static final int DONE_BEFORE = 2;
  private static final int MOST_QUEUED = 4;
  private static final int MOST_DOWN = 5;
  private static final int DOWN = 2;
  private static final Path TABLE = Path.of("../docs/data/lesson-02-crashes.json");

  /** What came out of crashes at a point. */
  private static final class Tally {
    int crashes;
    int otherNumbers;
    int lost;
  }

  @FunctionalInterface
  private interface StreamUnderTest {
    CountingDStream in(StreamingContext context, int numbers, int partitions);
  }

  // #region some-crashes
  @Test
  @DisplayName("A crash at any point: each batch has one range, and no batch is missing")
  void someCrashes() {
    for (int queued : new int[] {0, 2}) {
      Map<String, Tally> tallies =
          crash(
              CheckpointedCountingDStream::new,
              queued,
              shot -> shot.amongFiles() || shot.catchingUp() ? new int[] {} : new int[] {0, 3});
      assertThat(tallies).hasSize(10);
      assertThat(tallies.values()).allMatch(tally -> tally.otherNumbers == 0 && tally.lost == 0);
    }
  }

  // #endregion some-crashes

  @Test
  @Tag("course-check")
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  @DisplayName("All crashes, of both streams; the table of the page says what came out")
  void allCrashes() throws IOException {
    Map<String, Tally> plain = allCrashesOf(CountingDStream::new);
    Map<String, Tally> recorded = allCrashesOf(CheckpointedCountingDStream::new);
    assertThat(recorded.values()).allMatch(tally -> tally.otherNumbers == 0 && tally.lost == 0);
    MeasuredTable table =
        new MeasuredTable(
            "Crashes with 0 to %d batches queued and 0 to %d intervals of down time, and after how many of them a batch had other numbers than before, or numbers never came out"
                .formatted(MOST_QUEUED, MOST_DOWN),
            List.of(
                "crash",
                "crashes",
                "plain: other numbers",
                "plain: numbers lost",
                "recorded: other numbers",
                "recorded: numbers lost"),
            recorded.entrySet().stream()
                .map(
                    row ->
                        List.<Object>of(
                            row.getKey(),
                            row.getValue().crashes,
                            plain.get(row.getKey()).otherNumbers,
                            plain.get(row.getKey()).lost,
                            row.getValue().otherNumbers,
                            row.getValue().lost))
                .toList(),
            "Spark 4.1.0, manual clock, " + NUMBERS + " numbers a batch");
    if (System.getProperty("traces", "").equals("update")) {
      table.write(TABLE);
    }
    ObjectMapper json = new ObjectMapper();
    assertThat(certain(json.readTree(TABLE.toFile())))
        .as("%s is stale: mvn test -Pcourse-check -Dtraces=update writes it anew", TABLE)
        .isEqualTo(certain(json.readTree(table.json())));
  }

  /** Whether a job beats a file to it decides what a plain counter does wrong, not whether. */
  private static List<List<JsonNode>> certain(JsonNode table) {
    List<List<JsonNode>> rows = new ArrayList<>();
    table.get("rows").forEach(row -> rows.add(Stream.of(0, 1, 4, 5).map(row::get).toList()));
    return rows;
  }

  private static Map<String, Tally> allCrashesOf(StreamUnderTest stream) {
    Map<String, Tally> all = new LinkedHashMap<>();
    for (int queued = 0; queued <= MOST_QUEUED; queued++) {
      crash(
              stream,
              queued,
              shot ->
                  shot.amongFiles() || shot.catchingUp()
                      ? new int[] {0, MOST_DOWN}
                      : IntStream.rangeClosed(0, MOST_DOWN).toArray())
          .forEach(
              (point, tally) -> {
                Tally sum = all.computeIfAbsent(point, p -> new Tally());
                sum.crashes += tally.crashes;
                sum.otherNumbers += tally.otherNumbers;
                sum.lost += tally.lost;
              });
    }
    return all;
  }

  private interface DownTimes {
    int[] of(Shot shot);
  }

  /** Crashes at each point, and starts a new driver after each of the down times. */
  private static Map<String, Tally> crash(StreamUnderTest stream, int queued, DownTimes downTimes) {
    Map<String, Tally> tallies = new LinkedHashMap<>();
    try (BatchRunner runner =
            BatchRunner.of((context, output) -> output.collect(stream.in(context, NUMBERS, 1)))
                .withCheckpoint();
        Crashes crashes = Crashes.of(runner, DONE_BEFORE, queued, DOWN)) {
      for (Shot shot : crashes.shots()) {
        Tally tally = tallies.computeIfAbsent(shot.point(), point -> new Tally());
        for (int down : downTimes.of(shot)) {
          runner.restart(shot.left(), down).run(1);
          long last = shot.left().time() / BatchRunner.INTERVAL_MS + down + 1;
          count(tally, runner.batches(), last);
        }
      }
    }
    return tallies;
  }

  private static void count(Tally tally, List<Batch> batches, long last) {
    tally.crashes++;
    Map<Long, Set<List<Object>>> ranges =
        batches.stream()
            .collect(
                Collectors.groupingBy(
                    Batch::number,
                    TreeMap::new,
                    Collectors.mapping(Batch::elements, Collectors.toSet())));
    if (ranges.values().stream().anyMatch(range -> range.size() > 1)) {
      tally.otherNumbers++;
    }
    TreeSet<Object> numbers =
        batches.stream()
            .flatMap(batch -> batch.elements().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    if (numbers.size() <= (Long) numbers.last() || ranges.size() < last) {
      tally.lost++;
    }
  }
}
