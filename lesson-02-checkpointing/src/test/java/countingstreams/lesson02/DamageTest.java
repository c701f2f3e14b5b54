package countingstreams.lesson02;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson01.NumberRange;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.MeasuredTable;
import countingstreams.testkit.Point;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.SparkConf;
import org.apache.spark.io.CompressionCodec;
import org.apache.spark.io.ZStdCompressionCodec;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.Time;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages checkpoint files, and reads them as Spark does, but for lz4: its native reader can crash
 * this process, and has.
 */
class DamageTest {

  private static final Path TABLE = Path.of("../docs/data/lesson-02-damage.json");
  private static final int BATCHES = 6;
  private static final int STEP = 23;

  private static BatchRunner runner;
  private static CrashImage image;
  private static List<String> files;

  /** What decides the numbers of the batches to come. */
  private record Content(
      long time, Set<Long> pending, Map<Long, NumberRange> ranges, NumberRange next) {

    static Content of(Checkpoint checkpoint) {
      CheckpointedCountingDStream stream =
          (CheckpointedCountingDStream) checkpoint.graph().getInputStreams()[0];
      Set<Long> pending = new TreeSet<>();
      Arrays.stream(checkpoint.pendingTimes()).forEach(time -> pending.add(time.milliseconds()));
      Map<Long, NumberRange> ranges = new TreeMap<>(stream.recordedRanges());
      return new Content(
          checkpoint.checkpointTime().milliseconds(),
          pending,
          ranges,
          stream.rangeOf(new Time(Long.MAX_VALUE)));
    }
  }

  /** How many files could not be read, and what was in those that could. */
  private static final class Outcome {
    int refused;
    int same;
    int other;

    void add(byte[] damaged, Content intact, CompressionCodec codec) {
      Content read;
      try {
        SparkConf conf =
            new SparkConf().set("spark.io.compression.codec", codec.getClass().getName());
        read = Content.of(Checkpoint.deserialize(new ByteArrayInputStream(damaged), conf));
      } catch (Exception | Error e) {
        refused++;
        return;
      }
      if (read.equals(intact)) {
        same++;
      } else {
        other++;
      }
    }

    List<Object> row(String damage) {
      return List.of(damage, refused + same + other, refused, same, other);
    }
  }

  @AfterEach
  void clearProperty() {
    System.clearProperty("spark.io.compression.codec");
  }

  @BeforeAll
  static void makeFiles() {
    runner =
        BatchRunner.of(
                (context, output) -> output.collect(new CheckpointedCountingDStream(context, 5, 1)))
            .withCheckpoint()
            .start();
    runner.run(BATCHES).hold(Point.JOB_RUNS, BATCHES + 1).generate(3).awaitCheckpoint();
    image = runner.image();
    files = runner.checkpointFiles();
  }

  @AfterAll
  static void deleteFiles() {
    image.close();
    runner.close();
  }

  // #region lz4-finds-out
  @Test
  @DisplayName(
      "A byte flipped anywhere: lz4's checksums find out, without those of the file system")
  void lz4FindsOut() throws IOException {
    byte[] intact = Files.readAllBytes(image.files().resolve(files.get(0)));
    Outcome outcome = flipped(intact, lz4(), 1);
    assertThat(outcome.other).isZero();
    assertThat(outcome.refused).isGreaterThan(intact.length * 9 / 10);
  }

  // #endregion lz4-finds-out

  // #region zstd-does-not
  @Test
  @DisplayName("The same with zstd, which has no checksums here: some give other numbers, silently")
  void zstdDoesNot() throws IOException {
    byte[] intact = Files.readAllBytes(image.files().resolve(files.get(0)));
    assertThat(flipped(recompressed(intact, zstd()), zstd(), 1).other).isPositive();
  }

  // #endregion zstd-does-not

  // #region truncated
  @Test
  @DisplayName("Cut off anywhere: it can't be read, or nothing was missing but the end mark")
  void truncatedAnywhere() throws IOException {
    for (String file : files) {
      byte[] intact = Files.readAllBytes(image.files().resolve(file));
      assertThat(truncated(intact, lz4(), STEP).other).isZero();
    }
  }

  // #endregion truncated

  // #region flipped-and-recovered
  @Test
  @DisplayName("A flipped byte in the newest file: the one before is used, all numbers are right")
  void flippedAndRecovered() throws IOException {
    Path newest = image.files().resolve(files.get(0));
    byte[] intact = Files.readAllBytes(newest);
    try {
      for (int at = 30; at < intact.length; at += intact.length / 6) {
        Files.write(newest, flip(intact, at));
        runner.restart(image, 1);
        assertThat(runner.lines())
            .contains("batch 7 | partition 0 | 30 31 32 33 34")
            .endsWith("batch 10 | partition 0 | 45 46 47 48 49");
      }
    } finally {
      Files.write(newest, intact);
    }
  }

  // #endregion flipped-and-recovered

  // #region through-the-app
  @Test
  @DisplayName(
      "The app reads a damaged file, or names it and goes on to the next; it never crashes")
  void throughTheApp(@TempDir Path directory) throws IOException {
    for (String file : files) { // without the checksums of the file system
      Files.copy(image.files().resolve(file), directory.resolve(file));
    }
    System.setProperty("spark.io.compression.codec", SafeLz4Codec.class.getName());
    Path newest = directory.resolve(files.get(0));
    byte[] intact = Files.readAllBytes(newest);
    for (int at = 0; at < intact.length; at += STEP) {
      for (byte[] damaged : List.of(flip(intact, at), Arrays.copyOf(intact, at))) {
        Files.write(newest, damaged);
        CheckpointFiles read = CheckpointFiles.in(directory);
        assertThat(read.readable()).isTrue();
        assertThat(read.skipped())
            .allSatisfy(line -> assertThat(line).startsWith("Skipped " + files.get(0) + ": "))
            .hasSizeLessThanOrEqualTo(1);
      }
    }
  }

  // #endregion through-the-app

  @Test
  @Tag("course-check")
  @DisplayName("All lengths and all bytes of all files; the table of the page says what came out")
  void allDamage() throws IOException {
    Outcome cut = new Outcome();
    Outcome flips = new Outcome();
    Outcome zstd = new Outcome();
    for (String file : files) {
      byte[] intact = Files.readAllBytes(image.files().resolve(file));
      sum(cut, truncated(intact, lz4(), 1));
      sum(flips, flipped(intact, lz4(), 1));
      sum(zstd, flipped(recompressed(intact, zstd()), zstd(), 1));
    }
    assertThat(cut.other + flips.other).isZero();
    if (System.getProperty("traces", "").equals("update")) {
      new MeasuredTable(
              "The %d files of a checkpoint directory, damaged in each possible place and read without the file system's own checksums"
                  .formatted(files.size()),
              List.of("damage", "cases", "refused", "read, same numbers", "read, other numbers"),
              List.of(
                  cut.row("cut off, lz4"),
                  flips.row("a byte flipped, lz4"),
                  zstd.row("a byte flipped, zstd")),
              "Spark 4.1.0")
          .write(TABLE);
    }
  }

  private static void sum(Outcome all, Outcome some) {
    all.refused += some.refused;
    all.same += some.same;
    all.other += some.other;
  }

  private static Outcome flipped(byte[] bytes, CompressionCodec codec, int step)
      throws IOException {
    Content intact = read(bytes, codec);
    Outcome outcome = new Outcome();
    for (int at = 0; at < bytes.length; at += step) {
      outcome.add(flip(bytes, at), intact, codec);
    }
    return outcome;
  }

  private static Outcome truncated(byte[] bytes, CompressionCodec codec, int step)
      throws IOException {
    Content intact = read(bytes, codec);
    Outcome outcome = new Outcome();
    for (int length = 0; length < bytes.length; length += step) {
      outcome.add(Arrays.copyOf(bytes, length), intact, codec);
    }
    return outcome;
  }

  private static byte[] flip(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= 1 << at % Byte.SIZE;
    return flipped;
  }

  private static Content read(byte[] bytes, CompressionCodec codec) throws IOException {
    SparkConf conf = new SparkConf().set("spark.io.compression.codec", codec.getClass().getName());
    return Content.of(Checkpoint.deserialize(new ByteArrayInputStream(bytes), conf));
  }

  private static byte[] recompressed(byte[] lz4, CompressionCodec codec) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream compressed = codec.compressedOutputStream(bytes)) {
      lz4().compressedInputStream(new ByteArrayInputStream(lz4)).transferTo(compressed);
    }
    return bytes.toByteArray();
  }

  private static CompressionCodec lz4() {
    return new SafeLz4Codec(new SparkConf());
  }

  private static CompressionCodec zstd() {
    return new ZStdCompressionCodec(new SparkConf());
  }
}
