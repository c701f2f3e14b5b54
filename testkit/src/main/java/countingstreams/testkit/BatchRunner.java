package countingstreams.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.BatchInfo;
import org.apache.spark.streaming.scheduler.ReceiverInfo;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerReceiverError;
import org.apache.spark.streaming.scheduler.StreamingListenerReceiverStopped;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Drives a streaming context by Spark's manual clock: time moves only when the test says so, and
 * each call comes back when the engine has done what was asked for.
 *
 * <pre>{@code
 * try (BatchRunner runner =
 *     BatchRunner.of((context, output) -> output.collect(new CountingDStream(context, 6, 3)))
 *         .start()) {
 *   runner.run(3);
 *   Transcript.assertMatches("three-partitions", runner.lines());
 * }
 * }</pre>
 *
 * <p>A run uses a fresh Spark context, {@code local[2]} and without web UI unless configured
 * otherwise. Batch 1 is at {@link #INTERVAL_MS} of the manual clock. A call that moves time throws
 * the engine's own error as soon as there is one. Not thread-safe: one test thread uses a runner.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public final class BatchRunner implements AutoCloseable {

  /** The batch interval, in milliseconds of the manual clock. */
  public static final long INTERVAL_MS = 1000;

  /** Defines the streams of a run on a context that has not been started. */
  @FunctionalInterface
  public interface Program {
    void define(StreamingContext context, Output output);
  }

  /**
   * Gives a context, which it has made or recovered from the directory, and which has not been
   * started: what a driver program does.
   */
  @FunctionalInterface
  public interface Driver {
    StreamingContext open(JavaSparkContext spark, String directory, Output output);
  }

  private static final Map<String, BatchRunner> RUNNERS = new ConcurrentHashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final Driver driver;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final List<Batch> batches = new ArrayList<>();
  private final Map<String, Gate> gates = new ConcurrentHashMap<>();
  private final Map<String, Runnable> actions = new ConcurrentHashMap<>();
  private final Set<String> held = ConcurrentHashMap.newKeySet();
  private final Set<Long> begun = ConcurrentHashMap.newKeySet();
  private final List<BatchInfo> completed = new CopyOnWriteArrayList<>();
  private final List<String> receiverErrors = new CopyOnWriteArrayList<>();
  private Outside outside = new Outside() {};
  private TraceRecorder recorder;
  private Path checkpoint;
  private JavaSparkContext spark;
  private StreamingContext context;
  private volatile Engine engine;
  private boolean alive;

  private BatchRunner(Driver driver) {
    this.driver = driver;
    settings.put("spark.ui.enabled", "false");
    settings.put("spark.driver.host", "localhost");
    settings.put("spark.driver.bindAddress", "127.0.0.1");
    settings.putAll(QuickFileSystem.settings());
  }

  /** Returns a runner of these streams that has not been started. */
  public static BatchRunner of(Program program) {
    return new BatchRunner(
        (spark, directory, output) -> {
          if (directory != null && Engine.hasCheckpoint(directory)) {
            return new StreamingContext(directory, spark.sc());
          }
          StreamingContext context =
              new JavaStreamingContext(spark, Durations.milliseconds(INTERVAL_MS)).ssc();
          if (directory != null) {
            context.checkpoint(directory);
          }
          program.define(context, output);
          return context;
        });
  }

  /** Returns a runner, with a checkpoint directory, of what this driver opens. */
  public static BatchRunner opening(Driver driver) {
    return new BatchRunner(driver).withCheckpoint();
  }

  /** Sets a property of the Spark configuration, before {@link #start}. */
  public BatchRunner with(String key, String value) {
    settings.put(key, value);
    return this;
  }

  /** Gives the run a checkpoint directory of its own, which {@link #close} deletes. */
  public BatchRunner withCheckpoint() {
    try {
      checkpoint = Files.createTempDirectory("checkpoint-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** What survives a crash beside the checkpoint directory: a database, say. */
  public interface Outside {

    /** Returns all that is there now. On any thread. */
    default String save() {
      return "";
    }

    /** Makes it as it was when this was saved. */
    default void load(String saved) {}
  }

  /** Has an image hold what is outside, too, at the same moment, and a restart put it back. */
  public BatchRunner withOutside(Outside outside) {
    this.outside = outside;
    return this;
  }

  /** Records the run, for {@link Traces}. */
  public BatchRunner recording(String title) {
    recorder = new TraceRecorder(title, "BatchRunner", true, INTERVAL_MS, 0);
    recorder.started();
    return this;
  }

  /** Returns the trace of what has happened until now, as JSON. */
  String trace() {
    engine.drainListenerBus();
    recorder.stopped(engine.time());
    return recorder.json();
  }

  /**
   * Starts the streams at time 0.
   *
   * @throws IllegalArgumentException from Spark, if no stream has an output operation
   * @throws IllegalStateException if the streams of a run before could not be stopped
   */
  public BatchRunner start() {
    if (StreamingContext.getActive().isDefined()) {
      throw new IllegalStateException(
          "The streams of a test before this one could not be stopped: code of theirs does not"
              + " return. Mend that test first.");
    }
    RUNNERS.put(id, this);
    try {
      open();
    } catch (Throwable e) { // Scala throws checked exceptions without declaring them
      close();
      throw e;
    }
    return this;
  }

  /** Runs so many batches, one after the other, each to its end. */
  public BatchRunner run(int count) {
    for (int i = 0; i < count; i++) {
      generate(1);
      finish();
    }
    return this;
  }

  /** Lets the clock pass so many batch times: jobs are generated, and wait in the queue or run. */
  public BatchRunner generate(int count) {
    for (int i = 0; i < count; i++) {
      engine.advance(INTERVAL_MS);
      if (recorder != null && checkpoint != null) {
        awaitCheckpoint(); // the recording says at which time it was taken
      }
    }
    return this;
  }

  /** Waits until all generated batches are done, their listeners called and metadata cleared. */
  public BatchRunner finish() {
    engine.awaitAllProcessed();
    return this;
  }

  /** Waits until a batch is done, its listeners called and metadata cleared. */
  public BatchRunner finish(long batchNumber) {
    engine.awaitProcessed(batchNumber * INTERVAL_MS);
    return this;
  }

  /**
   * Ends the run as a killed driver would: what is in the checkpoint directory is all that is left
   * of it. Waits until that holds the checkpoint that is written when jobs are generated, so that
   * the same test leaves the same files each time.
   *
   * @throws IllegalStateException if the run has no checkpoint directory
   */
  public BatchRunner crash() {
    if (checkpoint == null) {
      throw new IllegalStateException("Nothing would be left to recover: call withCheckpoint().");
    }
    awaitCheckpoint();
    try (CrashImage left = kill()) {
      stop();
      left.putInto(checkpoint);
    }
    return this;
  }

  /**
   * Starts again from the checkpoint, as a new driver would, and waits until the batches that were
   * due are done. {@link #batches} goes on where it was.
   *
   * @param downIntervals how many intervals have passed since the checkpoint's own time: so many
   *     batches are due, and the checkpoint's own once more
   */
  public BatchRunner recover(int downIntervals) {
    return comeBack(downIntervals).finish();
  }

  /** As {@link #recover}, but does not wait for the batches: one of them may be held. */
  public BatchRunner comeBack(int downIntervals) {
    settings.put("spark.streaming.manualClock.jump", String.valueOf(downIntervals * INTERVAL_MS));
    if (recorder != null) {
      recorder.recovering(Engine.checkpointTime(checkpoint), downIntervals * INTERVAL_MS);
    }
    open();
    return this;
  }

  /**
   * Ends the run, if one goes on, and starts a new driver on what an image holds, so many intervals
   * after it was taken. Waits until the batches that were due are done. {@link #batches} goes on
   * where the image ends.
   */
  public BatchRunner restart(CrashImage image, int downIntervals) {
    return comeBack(image, downIntervals).finish();
  }

  /** As {@link #restart}, but does not wait for the batches: one of them may be held. */
  public BatchRunner comeBack(CrashImage image, int downIntervals) {
    stop();
    image.putInto(checkpoint);
    outside.load(image.outside());
    synchronized (batches) {
      batches.clear();
      batches.addAll(image.batches());
    }
    long jump = image.time() - Engine.checkpointTime(checkpoint);
    return comeBack((int) (jump / INTERVAL_MS) + downIntervals);
  }

  /** Returns what would be left if the driver were killed now. On any thread. */
  public CrashImage image() {
    String before = outside.save();
    while (true) {
      // The files first: a crash can leave output that no file knows of, and not the reverse.
      CrashImage image = new CrashImage(CrashImage.copy(checkpoint), batches(), now(), before);
      String after = outside.save();
      if (after.equals(before)) {
        return image;
      }
      image.close(); // Files and what is outside are not of one moment.
      before = after;
    }
  }

  /**
   * As {@link #image}, and a recording ends here, until a driver starts again: what this one still
   * does was never seen. On any thread.
   */
  public CrashImage kill() {
    CrashImage left = image();
    if (recorder != null) {
      engine.await(
          "Spark to tell of each batch that has begun",
          () -> {
            engine.drainListenerBus();
            return recorder.hasStarted(begun);
          });
      recorder.crashed(left.time());
    }
    return left;
  }

  /** Returns the checkpoint directory. */
  public Path checkpointDirectory() {
    return checkpoint;
  }

  /** Returns the names of the checkpoint files, in the order in which Spark tries to read them. */
  public List<String> checkpointFiles() {
    return Engine.checkpointFiles(checkpoint);
  }

  /**
   * Returns what a checkpoint file holds, read as Spark reads it.
   *
   * @throws IOException if it can't be read
   */
  public Checkpoint readCheckpoint(String file) throws IOException {
    return Engine.read(checkpoint.resolve(file));
  }

  /**
   * Stops as an app does that is told to stop gracefully: the timer ends after the batches that are
   * due, and they are done. The manual clock is moved on meanwhile, or the timer would not end.
   */
  public BatchRunner stopGracefully() {
    engine.stopGracefully(INTERVAL_MS);
    stop();
    return this;
  }

  /** Waits until the checkpoint that is written when jobs are generated is in the directory. */
  public BatchRunner awaitCheckpoint() {
    engine.awaitCheckpoint(checkpoint);
    return this;
  }

  /**
   * Does something, each time a batch is at a point, on the engine's thread that has come there.
   */
  public BatchRunner at(Point point, long batchNumber, Runnable action) {
    actions.put(point + " " + batchNumber, action);
    return this;
  }

  /** Stops a batch at a point, until it is released or the driver's life ends. */
  public BatchRunner hold(Point point, long batchNumber) {
    String hold = point + " " + batchNumber;
    return at(
        point,
        batchNumber,
        () -> {
          held.add(hold);
          gate(hold).pass();
        });
  }

  /** Waits until a batch is held at a point. */
  public BatchRunner awaitHeld(Point point, long batchNumber) {
    String hold = point + " " + batchNumber;
    engine.await("batch " + batchNumber + " at " + point, () -> held.contains(hold));
    return this;
  }

  /** Lets a batch go on that is held at a point. */
  public BatchRunner release(Point point, long batchNumber) {
    gate(point + " " + batchNumber).open(1);
    return this;
  }

  void reached(Point point, long time) {
    if (point == Point.JOB_RUNS) {
      begun.add(time / INTERVAL_MS);
    }
    actions.getOrDefault(point + " " + time / INTERVAL_MS, () -> {}).run();
  }

  /**
   * Tells of each change to a file, just before it is made, on the thread that makes it. Before
   * {@link #start}.
   *
   * @param watcher is told "create", "rename" or "delete" and the names of the files
   */
  public BatchRunner watchingFiles(Consumer<String> watcher) {
    settings.putAll(WatchedFileSystem.watch(id, watcher));
    return this;
  }

  /** Waits until a receiver has handed over a block that no batch has yet. */
  public BatchRunner awaitReceivedBlock() {
    engine.awaitReceivedBlock();
    return this;
  }

  /** Returns whether a receiver has handed over a block that no batch has yet. On any thread. */
  public boolean hasReceivedBlock() {
    Engine running = engine;
    return running != null && running.hasReceivedBlock();
  }

  /**
   * Returns what receivers have said of errors, their own or those that ended them, with the stack
   * traces: the engine starts a receiver again and tells nobody else.
   */
  public List<String> receiverErrors() {
    return List.copyOf(receiverErrors);
  }

  /** Waits until so many batches were collected, since the run began. */
  public BatchRunner awaitCollected(int count) {
    engine.await(count + " batches to be collected", () -> batches().size() >= count);
    return this;
  }

  /** Waits until Spark's listeners have heard of all that has happened until now. */
  public BatchRunner awaitListeners() {
    engine.drainListenerBus();
    return this;
  }

  /** Returns what {@link Output#collect} has seen, in the order it was put out. */
  public List<Batch> batches() {
    synchronized (batches) {
      return List.copyOf(batches);
    }
  }

  /** Returns a line for each batch and partition, in the order they were put out. */
  public List<String> lines() {
    return batches().stream().flatMap(batch -> batch.lines().stream()).toList();
  }

  /** Returns the gate of that name: closed, until the test opens it. */
  public Gate gate(String name) {
    return gates.computeIfAbsent(name, n -> new Gate());
  }

  /** Returns the running context. */
  public StreamingContext context() {
    return context;
  }

  /** Returns the batches that wait or run: their jobs are submitted, and not completed. */
  public List<Long> pendingBatches() {
    return CollectionConverters.asJava(context.scheduler().getPendingTimes()).stream()
        .map(time -> time.milliseconds() / INTERVAL_MS)
        .sorted()
        .toList();
  }

  /** Returns what the engine said of each completed batch, in the order of completion. */
  public List<BatchInfo> completed() {
    return List.copyOf(completed);
  }

  /**
   * Returns the elements of one partition, computed on the calling thread as they are asked for.
   */
  public static <T> Iterator<T> iterator(RDD<T> rdd, int partition) {
    return Engine.iterator(rdd, partition);
  }

  /** Returns the partitions of persisted RDDs that executors have now; a copy counts, too. */
  public static List<StoredBlock> storedBlocks() {
    return Engine.storedBlocks();
  }

  /** Stops everything and deletes the checkpoint directory. */
  @Override
  public void close() {
    RUNNERS.remove(id);
    WatchedFileSystem.forget(id);
    stop();
    if (checkpoint != null) {
      FileUtils.deleteQuietly(checkpoint.toFile());
    }
  }

  static BatchRunner byId(String id) {
    BatchRunner runner = RUNNERS.get(id);
    if (runner == null) {
      throw new IllegalStateException("This run is over.");
    }
    return runner;
  }

  /** The clock's time; known before the engine has started, as a start that catches up asks. */
  private long now() {
    return Engine.time(context);
  }

  /** Called on the job generator's thread. */
  void checkpointing(long time, long latest) {
    if (recorder != null) {
      recorder.checkpoint(now(), time, latest);
    }
  }

  void add(Batch batch) {
    synchronized (batches) {
      if (alive) { // else the driver is gone: what its threads still do does not count
        batches.add(batch);
        if (recorder != null) {
          record(batch);
        }
      }
    }
  }

  private void record(Batch batch) {
    for (int p = 0; p < batch.partitions().size(); p++) {
      recorder.output(now(), batch.number(), p, batch.partitions().get(p));
    }
  }

  private void open() {
    spark = new JavaSparkContext(configuration());
    String directory = checkpoint == null ? null : checkpoint.toUri().toString();
    context = driver.open(spark, directory, new Output(id));
    synchronized (batches) {
      alive = true; // before it starts: a start that catches up runs batches
    }
    startEngine();
  }

  private void startEngine() {
    if (recorder != null) {
      context.sparkContext().addSparkListener(recorder);
      context.addStreamingListener(recorder);
    }
    context.addStreamingListener(
        new StreamingListener() {
          @Override
          public void onBatchCompleted(StreamingListenerBatchCompleted event) {
            completed.add(event.batchInfo());
          }

          @Override
          public void onReceiverError(StreamingListenerReceiverError event) {
            addError(event.receiverInfo());
          }

          @Override
          public void onReceiverStopped(StreamingListenerReceiverStopped event) {
            addError(event.receiverInfo());
          }

          private void addError(ReceiverInfo receiver) {
            if (!receiver.lastError().isEmpty()) { // else it was stopped
              receiverErrors.add(receiver.lastErrorMessage() + ": " + receiver.lastError());
            }
          }
        });
    engine = Engine.start(context, id);
  }

  private void stop() {
    Engine stopped;
    synchronized (batches) {
      stopped = engine;
      engine = null;
      alive = false;
    }
    gates.values().forEach(Gate::abandon);
    if (stopped != null) {
      stopped.close();
    } else if (context != null) {
      context.stop(true, false);
    }
    if (spark != null) {
      spark.stop(); // there is one even if no streaming context could be built on it
    }
    gates.clear();
    actions.clear();
    held.clear();
    begun.clear();
    context = null;
    spark = null;
  }

  private SparkConf configuration() {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("BatchRunner")
            .set("spark.streaming.clock", "org.apache.spark.util.ManualClock");
    settings.forEach(conf::set);
    return conf;
  }
}
