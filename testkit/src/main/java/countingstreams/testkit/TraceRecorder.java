package countingstreams.testkit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.OutputOperationInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchSubmitted;
import org.apache.spark.streaming.scheduler.StreamingListenerOutputOperationCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerOutputOperationStarted;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Records what happens in a run, for the batch player of the site: batches, jobs, tasks and what
 * was put out, on the time line of the stream's own clock. {@code docs/public/trace.schema.json}
 * describes the file.
 *
 * <p>Events come from Spark's listener bus and from the threads of output operations; the recorder
 * puts them in the order of time, so that a run under the manual clock gives the same trace each
 * time, but for the durations.
 */
final class TraceRecorder extends SparkListener implements StreamingListener {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SCHEMA = 1;

  /** The order of events of one batch at the same time. */
  private enum Type {
    started,
    batchGenerated,
    batchStarted,
    jobStarted,
    task,
    output,
    jobCompleted,
    batchCompleted,
    checkpoint,
    crash,
    recovered,
    stopped
  }

  private record Event(
      int life, long at, Type type, long batch, int partition, ObjectNode fields) {}

  /** The output operation that a Spark job or stage works for. */
  private record Operation(long batch, int output) {}

  private static final Comparator<Event> IN_ORDER =
      Comparator.comparingInt(Event::life)
          .thenComparing(event -> event.type() != Type.recovered)
          .thenComparing(event -> event.type() == Type.crash)
          .thenComparingLong(Event::at)
          // A batch is generated the moment its time comes, whatever else happens then.
          .thenComparing(event -> event.type() != Type.batchGenerated)
          .thenComparingLong(Event::batch)
          .thenComparing(Event::type)
          .thenComparingInt(Event::partition);

  private final String title;
  private final String app;
  private final boolean manualClock;
  private final long interval;
  private final List<Event> events = new ArrayList<>();
  private final Map<Integer, Operation> stages = new HashMap<>();
  private final Map<Operation, Long> starts = new HashMap<>();
  private long zero;
  private int partitions;
  private int life;
  private boolean down;

  /** When the driver came back: batches of the down time are generated then. */
  private long back;

  /**
   * A recorder of a run that has not begun.
   *
   * @param interval the batch interval in milliseconds
   * @param zero zero time in milliseconds of the stream's clock; negative if the first batch tells
   */
  TraceRecorder(String title, String app, boolean manualClock, long interval, long zero) {
    this.title = title;
    this.app = app;
    this.manualClock = manualClock;
    this.interval = interval;
    this.zero = zero;
  }

  /** Adds the start of a stream that comes from no checkpoint. */
  synchronized void started() {
    add(0, Type.started, 0, 0, JSON.createObjectNode());
  }

  /** Adds the start of a driver on a checkpoint: both times of the clock, in milliseconds. */
  synchronized void recovered(long now, long checkpoint) {
    ObjectNode fields = JSON.createObjectNode().put("from", "checkpoint-" + (checkpoint - zero));
    add(now - zero, Type.recovered, 0, 0, fields);
  }

  @Override
  public synchronized void onBatchSubmitted(StreamingListenerBatchSubmitted submitted) {
    BatchInfo info = submitted.batchInfo();
    if (zero < 0) {
      zero = info.batchTime().milliseconds() - interval;
    }
    ObjectNode fields = JSON.createObjectNode();
    if (info.streamIdToInputInfo().isEmpty()) {
      fields.putNull("records");
    } else {
      fields.put("records", info.numRecords());
    }
    long at = manualClock ? Math.max(back, info.batchTime().milliseconds()) : info.submissionTime();
    add(at - zero, Type.batchGenerated, number(info), 0, fields);
  }

  @Override
  public synchronized void onOutputOperationStarted(StreamingListenerOutputOperationStarted event) {
    OutputOperationInfo info = event.outputOperationInfo();
    long at = (Long) info.startTime().get() - zero;
    Operation operation = new Operation(number(info.batchTime().milliseconds()), info.id());
    starts.put(operation, at);
    if (operation.output() == 0) {
      add(at, Type.batchStarted, operation.batch(), 0, JSON.createObjectNode());
    }
    add(at, Type.jobStarted, operation.batch(), 0, job(info));
  }

  @Override
  public synchronized void onOutputOperationCompleted(
      StreamingListenerOutputOperationCompleted event) {
    OutputOperationInfo info = event.outputOperationInfo();
    long at = (Long) info.endTime().get() - zero;
    ObjectNode fields = job(info).put("failed", info.failureReason().isDefined());
    add(at, Type.jobCompleted, number(info.batchTime().milliseconds()), 0, fields);
  }

  @Override
  public synchronized void onBatchCompleted(StreamingListenerBatchCompleted completed) {
    BatchInfo info = completed.batchInfo();
    List<OutputOperationInfo> operations =
        List.copyOf(CollectionConverters.asJava(info.outputOperationInfos()).values());
    long end =
        operations.stream()
            .mapToLong(operation -> (Long) operation.endTime().get())
            .max()
            .orElse(zero);
    ObjectNode fields =
        JSON.createObjectNode()
            .put("schedulingDelayMs", (Long) info.schedulingDelay().get())
            .put("processingDelayMs", (Long) info.processingDelay().get())
            .put("failed", operations.stream().anyMatch(o -> o.failureReason().isDefined()));
    add(end - zero, Type.batchCompleted, number(info), 0, fields);
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    Properties properties = start.properties();
    String time = properties.getProperty("spark.streaming.internal.batchTime");
    if (time != null) {
      int output = Integer.parseInt(properties.getProperty("spark.streaming.internal.outputOpId"));
      Operation operation = new Operation(number(Long.parseLong(time)), output);
      CollectionConverters.asJava(start.stageIds())
          .forEach(stage -> stages.put((Integer) stage, operation));
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    Operation operation = stages.get(end.stageId());
    if (operation != null) {
      int partition = end.taskInfo().partitionId();
      long at =
          manualClock
              ? starts.getOrDefault(operation, Math.max(back, operation.batch() * interval))
              : end.taskInfo().finishTime() - zero;
      ObjectNode fields =
          JSON.createObjectNode()
              .put("job", operation.output())
              .put("partition", partition)
              .put("durationMs", end.taskInfo().duration())
              .put("failed", end.taskInfo().failed());
      add(at, Type.task, operation.batch(), partition, fields);
    }
  }

  /** Adds what was put out for a partition, at a time of the stream's clock in milliseconds. */
  synchronized void output(long time, long batch, int partition, List<?> values) {
    partitions = Math.max(partitions, partition + 1);
    ObjectNode fields = JSON.createObjectNode().put("partition", partition);
    fields.set("values", JSON.valueToTree(values));
    add(time - zero, Type.output, batch, partition, fields);
  }

  /** Adds a checkpoint, taken at a time of the clock; its file has the name of the latest time. */
  synchronized void checkpoint(long now, long batchTime, long latest) {
    ObjectNode fields = JSON.createObjectNode().put("file", "checkpoint-" + (latest - zero));
    add(now - zero, Type.checkpoint, number(batchTime), 0, fields);
  }

  /**
   * Returns whether these batches have started, as far as was heard, in the life of this driver.
   */
  synchronized boolean hasStarted(Set<Long> batches) {
    return starts.keySet().stream()
        .map(Operation::batch)
        .collect(Collectors.toSet())
        .containsAll(batches);
  }

  /** Adds the end of the driver. What its threads still say does not count. */
  synchronized void crashed(long time) {
    add(time - zero, Type.crash, 0, 0, JSON.createObjectNode());
    down = true;
    life++;
  }

  /** Adds the start of a new driver on a checkpoint, some milliseconds after that was taken. */
  synchronized void recovering(long checkpoint, long later) {
    // Only now: jobs can begin while the old driver ends. The new one counts stages from 0 again.
    stages.clear();
    starts.clear();
    down = false;
    back = checkpoint + later;
    recovered(checkpoint, checkpoint);
  }

  /** Adds the end of the run, at a time of the stream's clock in milliseconds. */
  synchronized void stopped(long time) {
    add(time - zero, Type.stopped, Long.MAX_VALUE, 0, JSON.createObjectNode());
  }

  /** Returns the trace as text: an event a line. */
  synchronized String json() {
    ObjectNode run =
        JSON.createObjectNode()
            .put("app", app)
            .put("interval", interval)
            .put("clock", manualClock ? "manual" : "system")
            .put("zeroTime", 0)
            .put("partitions", partitions)
            .put("cores", Runtime.getRuntime().availableProcessors())
            .put("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION())
            .put("java", Runtime.version().feature() + "");
    String lines =
        events.stream()
            .sorted(IN_ORDER)
            .map(TraceRecorder::line)
            .collect(Collectors.joining(",\n    "));
    return """
        {
          "schema": %d,
          "title": %s,
          "run": %s,
          "events": [
            %s
          ]
        }
        """
        .formatted(SCHEMA, JSON.valueToTree(title), run, lines);
  }

  /** Writes the trace to a file. */
  void write(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, json());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(Event event) {
    ObjectNode line =
        JSON.createObjectNode().put("at", event.at()).put("type", event.type().name());
    if (event.batch() > 0 && event.batch() < Long.MAX_VALUE) {
      line.put("batch", event.batch());
    }
    return line.setAll(event.fields()).toString();
  }

  private static ObjectNode job(OutputOperationInfo info) {
    return JSON.createObjectNode().put("job", info.id()).put("output", info.id());
  }

  private void add(long at, Type type, long batch, int partition, ObjectNode fields) {
    if (!down) {
      events.add(new Event(life, Math.max(0, at), type, batch, partition, fields));
    }
  }

  private long number(BatchInfo info) {
    return number(info.batchTime().milliseconds());
  }

  private long number(long time) {
    return (time - zero) / interval;
  }
}
