package countingstreams.testkit;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchSubmitted;
import org.apache.spark.streaming.scheduler.StreamingListenerOutputOperationCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerOutputOperationStarted;
import scala.Product;

/**
 * Records a lesson's app. Spark makes one when {@code spark.extraListeners} names this class, which
 * is what the app's option {@code --trace} does. What the app prints in the form of a batch's line
 * is recorded as its output, and the trace is written when the application ends.
 *
 * <p>Settings: {@code spark.countingstreams.trace.file} and {@code .interval}, in milliseconds.
 */
public final class TraceListener extends SparkListener {

  private static final Pattern LINE = Pattern.compile("batch (\\d+) \\| partition (\\d+) \\| (.*)");
  private static final String SETTING = "spark.countingstreams.trace.";
  private static final long UNKNOWN = -1;

  private final TraceRecorder recorder;
  private final Path file;

  /** Called by Spark, on the thread that makes the Spark context. */
  public TraceListener(SparkConf conf) {
    String app = conf.get("spark.app.name");
    file = Path.of(conf.get(SETTING + "file"));
    long interval = conf.getLong(SETTING + "interval", 0);
    recorder = new TraceRecorder(app, app, false, interval, UNKNOWN);
    System.setOut(new PrintStream(new Lines(System.out), true, StandardCharsets.UTF_8));
  }

  @Override
  public void onJobStart(SparkListenerJobStart start) {
    recorder.onJobStart(start);
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    recorder.onTaskEnd(end);
  }

  /** Streaming events travel on Spark's listener bus in a wrapper, a case class of one element. */
  @Override
  public void onOtherEvent(SparkListenerEvent event) {
    if (event instanceof Product wrapper && wrapper.productArity() == 1) {
      Object inner = wrapper.productElement(0);
      if (inner instanceof StreamingListenerBatchSubmitted submitted) {
        recorder.onBatchSubmitted(submitted);
      } else if (inner instanceof StreamingListenerOutputOperationStarted started) {
        recorder.onOutputOperationStarted(started);
      } else if (inner instanceof StreamingListenerOutputOperationCompleted completed) {
        recorder.onOutputOperationCompleted(completed);
      } else if (inner instanceof StreamingListenerBatchCompleted completed) {
        recorder.onBatchCompleted(completed);
      }
    }
  }

  @Override
  public void onApplicationEnd(SparkListenerApplicationEnd end) {
    recorder.stopped(end.time());
    recorder.write(file);
  }

  private void record(String line) {
    Matcher parts = LINE.matcher(line);
    if (parts.matches()) {
      List<Long> values =
          Arrays.stream(parts.group(3).split(" "))
              .filter(value -> !value.isEmpty())
              .map(Long::valueOf)
              .toList();
      recorder.output(
          System.currentTimeMillis(),
          Long.parseLong(parts.group(1)),
          Integer.parseInt(parts.group(2)),
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
