package countingstreams.lesson02;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.lesson01.CountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Printed;
import countingstreams.testkit.Transcript;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.commons.lang3.StringUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.io.CompressionCodec;
import org.apache.spark.io.LZ4CompressionCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointedCountingAppTest {

  @TempDir private Path temp;
  private Path directory;
  private String printed;
  private String error;

  @BeforeEach
  void nameADirectory() {
    directory = temp.resolve("checkpoint");
  }

  @AfterEach
  void clearProperties() {
    System.clearProperty("spark.io.compression.codec");
  }

  @Test
  @DisplayName("The first run says where the checkpoint goes; the next one what it recovered")
  void goesOnWhereItWas() {
    assertThat(run("--batches", "3")).isZero();
    List<String> first = printed.lines().toList();
    assertThat(first.get(0))
        .isEqualTo("No checkpoint in " + directory + " yet: starts with batch 1.");
    assertThat(first.get(1)).startsWith("Spark's web UI: http://");
    assertThat(first).containsAll(Transcript.expected("checkpointed-app"));
    assertThat(run("--batches", "6")).isZero();
    List<String> second = printed.lines().toList();
    assertThat(second.get(0))
        .matches(
            "Recovered from \\Q%s\\E: the checkpoint of batch \\d+, \\S+Z\\. Runs again: batch(es)? .*\\. Of the down time: .*\\."
                .formatted(directory));
    assertThat(Stream.concat(first.stream(), second.stream()))
        .containsAll(Transcript.expected("checkpointed-app-again"));
    assertOneLineABatch(first, second);
  }

  @Test
  @DisplayName("--trace records this life, with the numbers that batches have in all lives")
  void recordsEachLife() throws IOException {
    Path first = temp.resolve("traces/first.json");
    Path second = temp.resolve("traces/second.json");
    assertThat(run("--batches", "3", "--trace", first.toString())).isZero();
    String trace = Files.readString(first);
    assertThat(trace).contains("\"started\"").doesNotContain("\"recovered\"");
    assertThat(run("--batches", "5", "--trace", second.toString())).isZero();
    assertThat(first).hasContent(trace);
    List<JsonNode> events = new ArrayList<>();
    new ObjectMapper().readTree(second.toFile()).get("events").forEach(events::add);
    assertThat(events.get(0).get("type").asText()).isEqualTo("recovered");
    assertThat(events.get(0).get("from").asText()).matches("checkpoint-[1-9]\\d*");
    assertThat(events.stream().filter(event -> event.get("type").asText().equals("output")))
        .anyMatch(
            event ->
                event.get("batch").asLong() == 5
                    && event.get("values").toString().equals("[40,41,42,43,44,45,46,47,48,49]"));
  }

  @Test
  @DisplayName("--trace to a path that can't be written: one line, and exit status 1")
  void traceNotWritable() throws IOException {
    Files.writeString(temp.resolve("file"), "");
    assertThat(run("--batches", "1", "--trace", temp.resolve("file/trace.json").toString()))
        .isEqualTo(1);
    assertThat(error).contains("nothing can be written to --trace").hasLineCount(1);
  }

  @Test
  @DisplayName("A damaged newest file is skipped, and named")
  void skipsADamagedFile() throws IOException {
    run("--batches", "4");
    List<String> first = printed.lines().toList();
    Path newest = checkpointFiles().get(0);
    Files.write(newest, new byte[] {1, 2, 3});
    assertThat(run("--batches", "5")).isZero();
    assertThat(printed.lines().skip(1).findFirst().orElseThrow())
        .startsWith("Skipped " + newest.getFileName() + ": damaged (");
    assertOneLineABatch(first, printed.lines().toList());
  }

  @Test
  @DisplayName("A directory that was moved: the checkpoint goes on where it is now")
  void writesToWhereItIs() throws IOException {
    run("--batches", "2");
    Path old = directory;
    directory = temp.resolve("moved");
    Files.move(old, directory);
    FileTime before = lastWritten();
    assertThat(run("--batches", "4")).isZero();
    assertThat(lastWritten()).isGreaterThan(before);
    assertThat(old.toFile().list((folder, name) -> name.startsWith("checkpoint-"))).isEmpty();
  }

  @Nested
  @DisplayName("Refuses, in one line, with exit status 1, and deletes nothing")
  class Refuses {

    @Test
    @DisplayName("a path that can't be written")
    void notWritable() throws IOException {
      Files.writeString(directory, "a file");
      refuses(
          "nothing can be written to --checkpoint %s (it is a file)".formatted(directory),
          "name a folder of yours");
      assertThat(directory).hasContent("a file");
    }

    @Test
    @DisplayName("a checkpoint of another app")
    void ofAnotherApp() throws IOException {
      try (BatchRunner runner =
          BatchRunner.of((context, output) -> output.collect(new CountingDStream(context, 1, 1)))
              .withCheckpoint()
              .start()) {
        runner.run(1);
        FileUtils.copyDirectory(runner.checkpointDirectory().toFile(), directory.toFile());
      }
      refuses(
          "holds a checkpoint of another app, BatchRunner",
          "Nothing was deleted: name another folder");
    }

    @Test
    @DisplayName("only damaged files")
    void allDamaged() throws IOException {
      run("--batches", "2");
      List<Path> files = checkpointFiles();
      for (Path file : files) {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
      }
      refuses(
          "none of the %d files in --checkpoint %s can be used; the newest, %s, is damaged ("
              .formatted(files.size(), directory, files.get(0).getFileName()),
          "Nothing was deleted. Bring back a good file, or name another folder to start with batch 1");
    }

    @Test
    @DisplayName("a checkpoint of code that has changed: a class is gone, or is another version")
    void ofChangedCode() throws IOException {
      run("--batches", "1");
      String name = CheckpointedCountingDStream.class.getSimpleName();
      for (Path file : checkpointFiles()) {
        replace(file, name, StringUtils.reverse(name));
      }
      refuses(
          "is written by other code than this app's (ClassNotFoundException: countingstreams.lesson02."
              + StringUtils.reverse(name),
          "Nothing was deleted. Bring back that code, or name another folder");
    }

    /** Puts other bytes into what is compressed in a file, as many. Its checksum goes. */
    private void replace(Path file, String what, String by) throws IOException {
      CompressionCodec codec = new LZ4CompressionCodec(new SparkConf());
      byte[] bytes;
      try (InputStream input = codec.compressedInputStream(Files.newInputStream(file))) {
        bytes = input.readAllBytes();
      }
      String text = new String(bytes, StandardCharsets.ISO_8859_1).replace(what, by);
      Files.delete(file.resolveSibling("." + file.getFileName() + ".crc"));
      try (OutputStream output = codec.compressedOutputStream(Files.newOutputStream(file))) {
        output.write(text.getBytes(StandardCharsets.ISO_8859_1));
      }
    }

    @Test
    @DisplayName("a checkpoint that was made with other options")
    void otherOptions() {
      run("--batches", "1");
      refuses(
          "the checkpoint in %s was made with --numbers 10, which can't be changed to 7"
              .formatted(directory),
          "leave --numbers out, or name another folder to start with batch 1",
          "--numbers",
          "7");
    }

    @Test
    @DisplayName("a codec without checksums")
    void otherCodec() {
      System.setProperty("spark.io.compression.codec", "zstd");
      refuses(
          "spark.io.compression.codec is zstd, whose files have no checksums", "leave it at lz4");
    }

    private void refuses(String mistake, String remedy, String... options) {
      Map<String, Long> before = files();
      assertThat(run(options)).isEqualTo(1);
      assertThat(printed).isEmpty();
      assertThat(error.lines())
          .singleElement()
          .asString()
          .startsWith("CheckpointedCountingApp failed: ")
          .contains(mistake, remedy);
      assertThat(files()).isEqualTo(before);
    }
  }

  /** Runs the app as a process would, with its context class loader and output to look at. */
  private int run(String... options) {
    String[] all =
        Stream.concat(
                Stream.of("--checkpoint", directory.toString()),
                Stream.concat(
                    Arrays.asList(options).contains("--numbers")
                        ? Stream.of()
                        : Stream.of("--interval", "100"),
                    Arrays.stream(options)))
            .toArray(String[]::new);
    Printed run = Printed.by(CheckpointedCountingApp.commandLine(), all);
    printed = run.output();
    error = run.error();
    return run.status();
  }

  private void assertOneLineABatch(List<String> first, List<String> second) {
    Map<Integer, String> byBatch = new TreeMap<>();
    Stream.concat(first.stream(), second.stream())
        .filter(line -> line.startsWith("batch "))
        .forEach(
            line -> {
              int batch = Integer.parseInt(line.split(" ")[1]);
              assertThat(line).isEqualTo(byBatch.getOrDefault(batch, line));
              byBatch.put(batch, line);
            });
    assertThat(byBatch.keySet())
        .hasSize(byBatch.keySet().stream().max(Integer::compare).orElseThrow());
  }

  private List<Path> checkpointFiles() {
    return CheckpointFiles.in(directory).newestFirst().stream().map(directory::resolve).toList();
  }

  private FileTime lastWritten() throws IOException {
    FileTime last = FileTime.fromMillis(0);
    for (Path file : checkpointFiles()) {
      FileTime written = Files.getLastModifiedTime(file);
      last = written.compareTo(last) > 0 ? written : last;
    }
    return last;
  }

  /** The files of the directory, with their sizes. Spark makes folders there, one a life. */
  private Map<String, Long> files() {
    if (!Files.isDirectory(directory)) {
      return Map.of();
    }
    Map<String, Long> sizes = new TreeMap<>();
    for (java.io.File file : FileUtils.listFiles(directory.toFile(), null, true)) {
      sizes.put(file.getPath(), file.length());
    }
    return sizes;
  }
}
