package countingstreams.lesson01;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Chart;
import countingstreams.testkit.Chart.Axis;
import countingstreams.testkit.Chart.Point;
import countingstreams.testkit.Chart.Scale;
import countingstreams.testkit.Chart.Series;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves what the page "Can a micro-batch hold a partial record?" says. That is no part of the
 * lesson, so its learners need not wait for it.
 */
@Tag("course-check")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class PartialRecordsTest {

  static final String NO_FILES =
      "Hadoop 3.4 reads no files on JDK 24 and newer: it asks for the user by Subject.getSubject";

  // #region half-a-file
  @Test
  @DisabledForJreRange(min = JRE.JAVA_24, disabledReason = PartialRecordsTest.NO_FILES)
  @DisplayName("A file that is still written gives a cut last line, and its tail is never read")
  void halfAFile(@TempDir Path folder) throws IOException {
    assertThat(writtenInPlace(folder)).containsExactly(List.of("one", "tw"), List.of(), List.of());
  }

  private static List<List<Object>> writtenInPlace(Path folder) throws IOException {
    try (BatchRunner runner = reading(folder)) {
      Path file = folder.resolve("log.txt");
      Files.writeString(file, "one\ntw");
      Files.setLastModifiedTime(file, FileTime.fromMillis(500)); // in the first batch's interval
      runner.run(1);
      Files.writeString(file, "o\nthree\n", StandardOpenOption.APPEND);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1500)); // in the second's
      return batches(runner.run(2));
    }
  }

  // #endregion half-a-file

  // #region moved-file
  @Test
  @DisabledForJreRange(min = JRE.JAVA_24, disabledReason = PartialRecordsTest.NO_FILES)
  @DisplayName("A file that is written elsewhere and moved in is read as a whole, in one batch")
  void movedFile(@TempDir Path folder, @TempDir Path elsewhere) throws IOException {
    assertThat(movedIn(folder, elsewhere))
        .containsExactly(List.of(), List.of("one", "two", "three"));
  }

  private static List<List<Object>> movedIn(Path folder, Path elsewhere) throws IOException {
    try (BatchRunner runner = reading(folder)) {
      Path file = elsewhere.resolve("log.txt");
      Files.writeString(file, "one\ntw");
      runner.run(1);
      Files.writeString(file, "o\nthree\n", StandardOpenOption.APPEND);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1500));
      Files.move(file, folder.resolve("log.txt"));
      return batches(runner.run(1));
    }
  }

  // #endregion moved-file

  // #region socket
  @Test
  @DisplayName("A socket gives whole lines; only at the end of the stream the last may be cut")
  void socket() throws IOException {
    // A line and a part of one; the rest of it and a part of the next, within which it ends.
    assertThat(sent("one\ntw", "o\nthr"))
        .containsExactly(List.of("one"), List.of("two"), List.of("thr"));
  }

  /** Sends each text in the interval of a batch, and one more batch after the connection's end. */
  private static List<List<Object>> sent(String... texts) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        BatchRunner runner =
            BatchRunner.of(
                    (context, output) ->
                        output.collect(
                            java(context)
                                .socketTextStream(
                                    "127.0.0.1", server.getLocalPort(), StorageLevel.MEMORY_ONLY())
                                .dstream()))
                .start()) {
      try (Socket client = server.accept();
          OutputStream out = client.getOutputStream()) {
        for (String text : texts) {
          out.write(text.getBytes(StandardCharsets.UTF_8));
          out.flush();
          runner.awaitReceivedBlock().run(1);
        }
      }
      if (!texts[texts.length - 1].endsWith("\n")) {
        runner.awaitReceivedBlock();
      }
      return batches(runner.run(1));
    }
  }

  // #endregion socket

  // #region straddling
  @Test
  @DisplayName("What belongs together but is several records can straddle two batches")
  void straddlingPairs() {
    // Pairs are 0 1, 2 3, 4 5 and so on. The third one is in two batches.
    assertThat(fiveAtATime())
        .containsExactly(List.of(0L, 1L, 2L, 3L, 4L), List.of(5L, 6L, 7L, 8L, 9L));
  }

  private static List<List<Object>> fiveAtATime() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new CountingDStream(context, 5, 1)))
            .start()) {
      return batches(runner.run(2));
    }
  }

  // #endregion straddling

  // #region cut
  @Test
  @DisabledForJreRange(min = JRE.JAVA_24, disabledReason = PartialRecordsTest.NO_FILES)
  @DisplayName("How many records are whole, cut, and never read, by where they come from")
  void cut(@TempDir Path inPlace, @TempDir Path into, @TempDir Path elsewhere) throws IOException {
    List<List<Object>> lines = List.of(List.of("one"), List.of("two"), List.of("three"));
    List<List<Object>> pairs =
        LongStream.range(0, 5).mapToObj(i -> List.<Object>of(2 * i, 2 * i + 1)).toList();
    Map<String, Parts> sources = new LinkedHashMap<>();
    sources.put("socket closed after a line", Parts.of(lines, sent("one\ntw", "o\nthree\n")));
    sources.put("socket closed within a line", Parts.of(lines, sent("one\ntw", "o\nthr")));
    sources.put("file written in place", Parts.of(lines, writtenInPlace(inPlace)));
    sources.put("file moved in", Parts.of(lines, movedIn(into, elsewhere)));
    sources.put("pairs of numbers, 5 numbers a batch", Parts.of(pairs, fiveAtATime()));
    assertThat(sources.values())
        .containsExactly(
            new Parts(3, 0, 0),
            new Parts(2, 1, 0),
            new Parts(1, 1, 1),
            new Parts(3, 0, 0),
            new Parts(4, 1, 0));
    chart(sources).assertSameAs(Path.of("../docs/data/charts/claim-partial-records.json"));
  }

  /** How many of a source's records a batch had as a whole, or only a part of, or no batch had. */
  private record Parts(long whole, long cut, long neverRead) {

    /**
     * Looks for records in batches.
     *
     * @param records the elements that make each of them
     */
    static Parts of(List<List<Object>> records, List<List<Object>> batches) {
      long whole =
          records.stream().filter(r -> batches.stream().anyMatch(b -> b.containsAll(r))).count();
      long begun =
          records.stream()
              .filter(r -> batches.stream().anyMatch(b -> beginsIn(r.get(0), b)))
              .count();
      return new Parts(whole, begun - whole, records.size() - begun);
    }

    private static boolean beginsIn(Object record, List<Object> batch) {
      return batch.stream().anyMatch(e -> String.valueOf(record).startsWith(String.valueOf(e)));
    }
  }

  // #endregion cut

  private static Chart chart(Map<String, Parts> sources) {
    return new Chart(
        "Records that a batch has as a whole, cut, or not at all, by where they come from",
        "Three lines, or five pairs of numbers; a batch ends within the second line, or within the third pair",
        "None: the clock is manual, each run gives the same",
        Axis.of("source", "", Scale.CATEGORY),
        Axis.of("records", "", Scale.LINEAR),
        List.of(
            series("whole", sources, Parts::whole),
            series("cut", sources, Parts::cut),
            series("never read", sources, Parts::neverRead)),
        "mvn -Plesson-01 -Pcourse-check test -Dtest=PartialRecordsTest",
        null);
  }

  private static Series series(
      String name, Map<String, Parts> sources, ToLongFunction<Parts> value) {
    return new Series(
        name,
        sources.entrySet().stream()
            .map(e -> Point.exact(e.getKey(), value.applyAsLong(e.getValue())))
            .toList());
  }

  private static BatchRunner reading(Path folder) {
    return BatchRunner.of(
            (context, output) ->
                output.collect(java(context).textFileStream(folder.toUri().toString()).dstream()))
        .start();
  }

  private static JavaStreamingContext java(StreamingContext context) {
    return new JavaStreamingContext(context);
  }

  private static List<List<Object>> batches(BatchRunner runner) {
    return runner.batches().stream().map(Batch::elements).toList();
  }
}
