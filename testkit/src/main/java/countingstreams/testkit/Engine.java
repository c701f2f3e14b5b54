package countingstreams.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkContext$;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext$;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.CheckpointReader;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStream;
import org.apache.spark.streaming.scheduler.Job;
import org.apache.spark.util.ManualClock;
import scala.Option;
import scala.collection.immutable.List;
import scala.collection.immutable.List$;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** The one place that touches Spark's internals: its clock, its graph and its listener bus. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class Engine implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 60;
  private static final long PATIENCE_TO_STOP_SECONDS = 10;

  /** How many files Spark keeps. */
  private static final int CHECKPOINTS_KEPT = 10;

  /** How often to look for what the engine does not tell. */
  private static final long GLANCE_MS = 5;

  /** What is known of a batch time. */
  private enum Progress {
    GENERATED,
    COMPLETED,
    PROCESSED
  }

  private final StreamingContext context;
  private final String run;
  private final TreeMap<Long, Progress> progress = new TreeMap<>();
  private Throwable failure;
  private long latestCheckpoint;

  private Engine(StreamingContext context, String run) {
    this.context = context;
    this.run = run;
  }

  static Engine start(StreamingContext context, String run) {
    Engine engine = new Engine(context, run);
    // A recovered graph has its probe already. One without outputs is left alone: it can't start.
    if (!context.isCheckpointPresent() && context.graph().getOutputStreams().length > 0) {
      context.graph().addOutputStream(new Probe(context, run));
    }
    Probe.ENGINES.put(run, engine);
    try {
      context.start();
    } catch (Throwable e) { // Scala throws checked exceptions without declaring them
      Probe.ENGINES.remove(run);
      throw e;
    }
    Thread watcher = new Thread(engine::watch, "engine-watcher");
    watcher.setDaemon(true);
    watcher.start();
    return engine;
  }

  /** Returns whether there is a checkpoint file, be it damaged. */
  static boolean hasCheckpoint(String directory) {
    return !Checkpoint.getCheckpointFiles(directory, Option.empty()).isEmpty();
  }

  /** Returns the names of the checkpoint files, the first to be read first. */
  static java.util.List<String> checkpointFiles(Path directory) {
    java.util.List<String> names =
        CollectionConverters.asJava(
                Checkpoint.getCheckpointFiles(directory.toUri().toString(), Option.empty()))
            .stream()
            .map(org.apache.hadoop.fs.Path::getName)
            .collect(Collectors.toList());
    Collections.reverse(names);
    return names;
  }

  /** Reads a checkpoint file as Spark does: through Hadoop's file system, with Spark's codec. */
  static Checkpoint read(Path file) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    return Checkpoint.deserialize(
        path.getFileSystem(SparkHadoopUtil.get().conf()).open(path), new SparkConf());
  }

  void stopGracefully(long interval) {
    Thread stopping = new Thread(() -> context.stop(false, true), "stopping");
    stopping.start();
    ManualClock clock = (ManualClock) context.scheduler().clock();
    await(
        "the end of the run",
        () -> {
          clock.advance(interval);
          return !stopping.isAlive();
        });
  }

  /** Returns the time of the checkpoint that Spark would recover from, in milliseconds. */
  static long checkpointTime(Path directory) {
    Option<Checkpoint> read =
        CheckpointReader.read(
            directory.toUri().toString(), new SparkConf(), SparkHadoopUtil.get().conf(), true);
    return read.isEmpty() ? 0 : read.get().checkpointTime().milliseconds();
  }

  static <T> Iterator<T> iterator(RDD<T> rdd, int partition) {
    return CollectionConverters.asJava(
        rdd.iterator(rdd.partitions()[partition], TaskContext$.MODULE$.empty()));
  }

  /** Asks the driver's block manager: what its listeners say, as the web UI does, comes later. */
  static java.util.List<StoredBlock> storedBlocks() {
    return Arrays.stream(SparkEnv.get().blockManager().master().getStorageStatus())
        .flatMap(executor -> CollectionConverters.asJava(executor.rddBlocks()).entrySet().stream())
        .map(block -> new StoredBlock(((RDDBlockId) block.getKey()).rddId(), block.getValue()))
        .toList();
  }

  /** Returns the time of the manual clock, in milliseconds. */
  long time() {
    return time(context);
  }

  static long time(StreamingContext context) {
    return context.scheduler().clock().getTimeMillis();
  }

  /** Moves the clock to the next batch time and waits until its jobs are generated. */
  void advance(long milliseconds) {
    ManualClock clock = (ManualClock) context.scheduler().clock();
    clock.advance(milliseconds);
    long time = clock.getTimeMillis();
    await("the jobs of time " + time + " to be submitted", () -> isSubmitted(time));
  }

  /** The probe is asked just before the jobs go to the scheduler. */
  private boolean isSubmitted(long time) {
    Progress reached = progress.get(time);
    return reached == Progress.GENERATED
        ? context.scheduler().getPendingTimes().contains(new Time(time))
        : reached != null;
  }

  void awaitProcessed(long time) {
    await(
        "the batch of time " + time + " to be processed",
        () -> progress.get(time) == Progress.PROCESSED);
    drainListenerBus();
  }

  void awaitAllProcessed() {
    await(
        "all batches to be processed",
        () -> progress.values().stream().allMatch(Progress.PROCESSED::equals));
    drainListenerBus();
  }

  void awaitReceivedBlock() {
    await("a received block", this::hasReceivedBlock);
  }

  boolean hasReceivedBlock() {
    return context.scheduler().receiverTracker().hasUnallocatedBlocks();
  }

  /**
   * Waits until the checkpoint of the last generated batch is in the directory, and all is done
   * that Spark does with it: it renames the checksums after the file, and deletes old files after
   * that.
   */
  void awaitCheckpoint(Path directory) {
    long last = lastGenerated();
    Path file = directory.resolve("checkpoint-" + last);
    Path checksums = directory.resolve(".checkpoint-" + last + ".crc");
    await(
        file + " to be written",
        () ->
            Files.exists(file)
                && Files.exists(checksums)
                && checkpointFiles(directory).size() <= CHECKPOINTS_KEPT);
    drainListenerBus();
  }

  private synchronized long lastGenerated() {
    return progress.lastKey();
  }

  /** Stops the Spark context of this JVM, if a test has left one. */
  static void stopWhatIsLeft() {
    Option<SparkContext> context = SparkContext$.MODULE$.getActive();
    if (context.isDefined()) {
      context.get().stop();
    }
  }

  /**
   * Stops the streams and Spark. Spark waits for the job generator; if that is in code that does
   * not return, it is left there, and only Spark is stopped.
   */
  @Override
  public void close() {
    FutureTask<Void> stop = new FutureTask<>(() -> context.stop(true, false), null);
    Thread thread = new Thread(stop, "engine-stop");
    thread.setDaemon(true);
    thread.start();
    try {
      stop.get(PATIENCE_TO_STOP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      context.sparkContext().stop();
    } catch (ExecutionException e) {
      throw sneaky(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted while the streams were stopped.", e);
    } finally {
      Probe.ENGINES.remove(run);
    }
  }

  /** Waits until all that Spark has said so far has been heard. */
  void drainListenerBus() {
    try {
      context.sparkContext().listenerBus().waitUntilEmpty();
    } catch (TimeoutException e) {
      throw new AssertionError("Spark's listener bus did not drain.", e);
    }
  }

  /** Waits for the engine's error, or its end. */
  private void watch() {
    try {
      context.awaitTermination();
    } catch (Throwable e) {
      synchronized (this) {
        failure = e;
        notifyAll();
      }
    }
  }

  /** A checkpoint file has the name of the latest time that was checkpointed in this life. */
  private synchronized long latest(Time time) {
    latestCheckpoint = Math.max(latestCheckpoint, time.milliseconds());
    return latestCheckpoint;
  }

  private synchronized void mark(long time, Progress reached) {
    progress.put(time, reached);
    notifyAll();
  }

  synchronized void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (failure != null) {
        throw sneaky(failure);
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError(
            "Waited %d s for %s. Batches so far: %s. The streaming threads are at:%n%s"
                .formatted(PATIENCE_SECONDS, what, progress, stacks()));
      }
      try {
        wait(Math.min(left, GLANCE_MS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("Interrupted while waiting for " + what + ".", e);
      }
    }
  }

  private static String stacks() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(e -> e.getKey().getName().matches("JobGenerator|streaming-job-executor.*"))
        .map(
            e ->
                Arrays.stream(e.getValue())
                    .map(frame -> "    at " + frame)
                    .collect(Collectors.joining("\n", "  " + e.getKey().getName() + "\n", "")))
        .collect(Collectors.joining("\n"));
  }

  /** Throws the engine's own error, checked or not: Scala does not declare what it throws. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException sneaky(Throwable e) throws E {
    throw (E) e;
  }

  /**
   * An output stream without output, the last of the graph. The engine tells it what it does, in
   * the same order each time: generate the jobs of a time, clear its metadata, clear its checkpoint
   * data. All on the job generator's thread.
   */
  private static final class Probe extends DStream<Object> {

    private static final long serialVersionUID = 1L;
    static final Map<String, Engine> ENGINES = new ConcurrentHashMap<>();

    private final String run;

    Probe(StreamingContext context, String run) {
      super(context, ClassTag$.MODULE$.apply(Object.class));
      this.run = run;
    }

    @Override
    public Duration slideDuration() {
      return context().graph().batchDuration();
    }

    @Override
    public List<DStream<?>> dependencies() {
      return List$.MODULE$.empty();
    }

    @Override
    public Option<RDD<Object>> compute(Time time) {
      return Option.empty();
    }

    @Override
    public Option<Job> generateJob(Time time) {
      BatchRunner.byId(run).reached(Point.AFTER_COMPUTE, time.milliseconds());
      engine().mark(time.milliseconds(), hasJobs(time) ? Progress.GENERATED : Progress.PROCESSED);
      return Option.empty();
    }

    @Override
    public void clearMetadata(Time time) {
      super.clearMetadata(time);
      if (context().checkpointDir() != null) {
        engine().mark(time.milliseconds(), Progress.COMPLETED);
      }
      BatchRunner.byId(run).reached(Point.BATCH_DONE, time.milliseconds());
      if (context().checkpointDir() == null) {
        engine().mark(time.milliseconds(), Progress.PROCESSED);
      }
    }

    @Override
    public void updateCheckpointData(Time time) {
      super.updateCheckpointData(time);
      BatchRunner.byId(run).checkpointing(time.milliseconds(), engine().latest(time));
    }

    @Override
    public void clearCheckpointData(Time time) {
      super.clearCheckpointData(time);
      BatchRunner.byId(run).reached(Point.COMPLETION_CHECKPOINT, time.milliseconds());
      engine().mark(time.milliseconds(), Progress.PROCESSED);
    }

    /** An output operation has a job if its parent has an RDD: see ForEachDStream.generateJob. */
    private boolean hasJobs(Time time) {
      for (DStream<?> output : context().graph().getOutputStreams()) {
        if (output != this && output.dependencies().head().generatedRDDs().contains(time)) {
          return true;
        }
      }
      return false;
    }

    private Engine engine() {
      return ENGINES.get(run);
    }
  }
}
