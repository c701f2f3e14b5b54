package countingstreams.testkit;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang3.math.NumberUtils;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.streaming.StreamingContext;

/**
 * Records a lesson's app, which makes one for its option {@code --trace}. What the app prints in
 * the form of a batch's line is recorded as its output, and the trace is written when the
 * application ends.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class TraceListener extends SparkListener {

  private static final Pattern LINE =
      Pattern.compile("batch (\\d+) \\| (?:partition (\\d+) \\| )?(.*)");
  private static final long UNKNOWN = -1;

  private final TraceRecorder recorder;
  private final Path file;

  /**
   * Adds itself to a context that has not been started.
   *
   * @throws IOException if nothing can be written to the file
   */
  public TraceListener(StreamingContext context, Path file) throws IOException {
    this.file = file;
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    String app = context.conf().get("spark.app.name");
    long interval = context.graph().batchDuration().milliseconds();
    if (context.isCheckpointPresent()) {
      long zero = context.graph().zeroTime().milliseconds();
      recorder = new TraceRecorder(app, app, false, interval, zero);
      recorder.recovered(
          System.currentTimeMillis(), context.initialCheckpoint().checkpointTime().milliseconds());
    } else {
      recorder = new TraceRecorder(app, app, false, interval, UNKNOWN);
      recorder.started();
    }
    context.addStreamingListener(recorder);
    context.sparkContext().addSparkListener(recorder);
    context.sparkContext().addSparkListener(this);
    System.setOut(new PrintStream(new Lines(System.out), true, StandardCharsets.UTF_8));
  }

  @Override
  public void onApplicationEnd(SparkListenerApplicationEnd end) {
    recorder.stopped(end.time());
    recorder.write(file);
  }

  /** A line without a partition is one for the whole batch. */
  private void record(String line) {
    Matcher parts = LINE.matcher(line);
    if (parts.matches()) {
      String partition = parts.group(2);
      List<Object> values =
          Arrays.stream(parts.group(3).split(partition == null ? " \\| " : " "))
              .filter(value -> !value.isEmpty())
              .map(value -> NumberUtils.isDigits(value) ? Long.valueOf(value) : value)
              .map(Object.class::cast)
              .toList();
      recorder.output(
          System.currentTimeMillis(),
          Long.parseLong(parts.group(1)),
          partition == null ? 0 : Integer.parseInt(partition),
          values);
    }
  }

  /** Lets everything through, and reads along. */
  private final class Lines extends FilterOutputStream {

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(OutputStream out) {
      super(out);
    }

    @Override
    public synchronized void write(int character) throws IOException {
      out.write(character);
      if (character == '\n') {
        record(line.toString(StandardCharsets.UTF_8).replace("\r", ""));
        line.reset();
      } else {
        line.write(character);
      }
    }
  }
}
