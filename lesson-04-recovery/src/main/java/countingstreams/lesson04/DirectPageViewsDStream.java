package countingstreams.lesson04;

import countingstreams.lesson03.KeptCheckpoints;
import countingstreams.lesson03.PageViewsDStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import scala.Option;
import scala.collection.immutable.Map$;
import scala.reflect.ClassTag$;

/**
 * Page views whose numbers come from a topic, read directly: each batch gets an offset range of
 * each of the topic's partitions, and its tasks read exactly that, on executors.
 *
 * <p>Which ranges a batch time got is in a log of files, written before the batch has a job: the
 * checkpoint, which is written while the job may run already, would come too late. So a batch that
 * runs again reads what it read before, whenever the driver was killed.
 *
 * <p>Needs a checkpoint directory: the log is in a folder there.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class DirectPageViewsDStream extends PageViewsDStream {

  private static final long serialVersionUID = 1L;

  private final Topic topic;
  private final int viewsPerBatch;
  private final LogRecord record = new LogRecord();

  /** Not part of the checkpoint: each driver has its own. Used under the graph's lock. */
  private transient OffsetLog log;

  private transient Topic.Offsets offsets;

  /**
   * Adds the stream to a context that has not been started.
   *
   * @param viewsPerBatch the most records that a batch gets, 1 or more: what is left waits in the
   *     topic
   * @param pages how many pages there are, 1 or more
   * @throws IllegalArgumentException if a number is out of range
   */
  public DirectPageViewsDStream(
      StreamingContext context, Topic topic, int viewsPerBatch, int pages) {
    super(context, viewsPerBatch, 1, pages);
    if (viewsPerBatch < 1) {
      throw new IllegalArgumentException("viewsPerBatch must be 1 or more: " + viewsPerBatch);
    }
    this.topic = topic;
    this.viewsPerBatch = viewsPerBatch;
  }

  /** Called by the engine at the start, and refuses it if there is nowhere to write to. */
  @Override
  public void initialize(Time zeroTime) {
    if (context().checkpointDir() == null) {
      throw new IllegalStateException("A direct stream needs a checkpoint directory.");
    }
    super.initialize(zeroTime);
  }

  // #region compute
  /** Returns the input of a batch. Called on the driver, once a batch time, in order. */
  @Override
  public Option<RDD<Long>> compute(Time batchTime) {
    List<OffsetRange> ranges = rangesOf(batchTime);
    report(batchTime, ranges);
    return Option.apply(pageViews(new TopicRDD(context().sparkContext(), topic, ranges)));
  }

  /**
   * Returns what a batch reads: what the log says, or else what comes next, once that is logged.
   */
  private List<OffsetRange> rangesOf(Time batchTime) {
    OffsetLog log = offsetLog();
    List<OffsetRange> ranges = log.get(batchTime.milliseconds());
    if (ranges == null) {
      ranges = offsets().next(positionsBefore(batchTime), viewsPerBatch);
      try {
        log.write(batchTime.milliseconds(), ranges);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return ranges;
  }

  // #endregion compute

  private Map<Integer, Long> positionsBefore(Time batchTime) {
    if (batchNumber(batchTime) > 1 && !offsetLog().hasBefore(batchTime.milliseconds())) {
      throw new IllegalStateException(
          "%s has nothing before batch %d: nobody knows where it was in the topic. Bring back the folder, or start with another checkpoint folder and another database"
              .formatted(logDirectory(), batchNumber(batchTime)));
    }
    // The last one, not the one before: a batch that got no range, because the topic was away, is
    // generated again when later ones have theirs. What is older than batch 1 is of a driver that
    // died before its first checkpoint, and does not count.
    List<OffsetRange> last = offsetLog().lastFrom(zeroTime().plus(slideDuration()).milliseconds());
    return last == null ? Map.of() : after(last);
  }

  /** Returns where each partition is after these ranges. */
  private static Map<Integer, Long> after(List<OffsetRange> ranges) {
    return ranges.stream().collect(Collectors.toMap(OffsetRange::partition, OffsetRange::until));
  }

  /** Tells Spark's web UI how many records a batch has. */
  private void report(Time batchTime, List<OffsetRange> ranges) {
    long records = ranges.stream().mapToLong(OffsetRange::size).sum();
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(batchTime, new StreamInputInfo(id(), records, Map$.MODULE$.empty()));
  }

  private OffsetLog offsetLog() {
    if (log == null) {
      try {
        log = new OffsetLog(logDirectory(), context().sparkContext().hadoopConfiguration());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return log;
  }

  private String logDirectory() {
    return context().checkpointDir() + "/offsets-" + id();
  }

  private Topic.Offsets offsets() {
    if (offsets == null) {
      offsets = topic.offsets();
    }
    return offsets;
  }

  /** Closes the driver's connection. A batch that is generated after that opens another one. */
  @Override
  public void stop() {
    if (offsets != null) {
      offsets.close();
      offsets = null;
    }
  }

  @Override
  public DStreamCheckpointData<Long> checkpointData() {
    return record;
  }

  /**
   * Deletes what no checkpoint asks for any more. Called on the thread that generates jobs, and
   * part of the checkpoint.
   */
  private final class LogRecord extends DStreamCheckpointData<Long> {

    private static final long serialVersionUID = 1L;

    private final KeptCheckpoints checkpoints = new KeptCheckpoints();

    LogRecord() {
      super(DirectPageViewsDStream.this, ClassTag$.MODULE$.apply(Long.class));
    }

    @Override
    public void update(Time checkpointTime) {
      checkpoints.add(checkpointTime, firstToRunAgain(checkpointTime));
    }

    /** A state that is built again asks for batches before the first that runs again. */
    @Override
    public void cleanup(Time done) {
      try {
        offsetLog()
            .deleteBefore(checkpoints.firstToRunAgain(done) - rememberDuration().milliseconds());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void restore() {}
  }
}
