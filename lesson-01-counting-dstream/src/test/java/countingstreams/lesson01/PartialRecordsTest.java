package countingstreams.lesson01;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.testkit.Batch;
import countingstreams.testkit.BatchRunner;
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
import java.util.List;
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
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        java(context).textFileStream(folder.toUri().toString()).dstream()))
            .start()) {
      Path file = folder.resolve("log.txt");
      Files.writeString(file, "one\ntw");
      Files.setLastModifiedTime(file, FileTime.fromMillis(500)); // in the first batch's interval
      runner.run(1);
      Files.writeString(file, "o\nthree\n", StandardOpenOption.APPEND);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1500)); // in the second's
      runner.run(2);
      assertThat(runner.batches())
          .extracting(Batch::elements)
          .containsExactly(List.of("one", "tw"), List.of(), List.of());
    }
  }

  // #endregion half-a-file

  // #region moved-file
  @Test
  @DisabledForJreRange(min = JRE.JAVA_24, disabledReason = PartialRecordsTest.NO_FILES)
  @DisplayName("A file that is written elsewhere and moved in is read as a whole, in one batch")
  void movedFile(@TempDir Path folder, @TempDir Path elsewhere) throws IOException {
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    output.collect(
                        java(context).textFileStream(folder.toUri().toString()).dstream()))
            .start()) {
      Path file = elsewhere.resolve("log.txt");
      Files.writeString(file, "one\ntw");
      runner.run(1);
      Files.writeString(file, "o\nthree\n", StandardOpenOption.APPEND);
      Files.setLastModifiedTime(file, FileTime.fromMillis(1500));
      Files.move(file, folder.resolve("log.txt"));
      runner.run(1);
      assertThat(runner.batches())
          .extracting(Batch::elements)
          .containsExactly(List.of(), List.of("one", "two", "three"));
    }
  }

  // #endregion moved-file

  // #region socket
  @Test
  @DisplayName("A socket gives whole lines; only at the end of the stream the last may be cut")
  void socket() throws IOException {
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
        send(out, "one\ntw"); // a line, and a part of one
        runner.awaitReceivedBlock().run(1);
        assertThat(lastBatch(runner)).containsExactly("one");
        send(out, "o\nthr"); // the rest of it, and a part of the next
        runner.awaitReceivedBlock().run(1);
        assertThat(lastBatch(runner)).containsExactly("two");
      } // here the stream ends, within the third line
      runner.awaitReceivedBlock().run(1);
      assertThat(lastBatch(runner)).containsExactly("thr");
    }
  }

  // #endregion socket

  // #region straddling
  @Test
  @DisplayName("What belongs together but is several records can straddle two batches")
  void straddlingPairs() {
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> output.collect(new CountingDStream(context, 5, 1)))
            .start()) {
      runner.run(2);
      // Pairs are 0 1, 2 3, 4 5 and so on. The third one is in two batches.
      assertThat(runner.batches())
          .extracting(Batch::elements)
          .containsExactly(List.of(0L, 1L, 2L, 3L, 4L), List.of(5L, 6L, 7L, 8L, 9L));
    }
  }

  // #endregion straddling

  private static JavaStreamingContext java(StreamingContext context) {
    return new JavaStreamingContext(context);
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static List<Object> lastBatch(BatchRunner runner) {
    List<Batch> batches = runner.batches();
    return batches.get(batches.size() - 1).elements();
  }
}
