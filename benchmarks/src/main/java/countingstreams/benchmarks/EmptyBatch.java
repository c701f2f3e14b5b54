package countingstreams.benchmarks;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.lesson03.PageCountsDStream;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.lesson04.CountedTopic;
import countingstreams.lesson04.DirectPageViewsDStream;
import countingstreams.lesson04.OffsetRange;
import countingstreams.lesson04.Topic;
import countingstreams.lesson05.CachedPageViewsDStream;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.dstream.ConstantInputDStream;
import org.apache.spark.streaming.dstream.DStream;
import scala.reflect.ClassTag$;

/**
 * The streams whose empty batches are compared, each with the one before it: a lesson's concept.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
enum EmptyBatch {
  SPARK("ConstantInputDStream", false, EmptyBatch::constant),
  LESSON_1("lesson 1", false, context -> new CountingDStream(context, 0, EmptyBatch.PARTITIONS)),
  LESSON_1_CHECKPOINTED(
      "lesson 1, checkpoints on",
      true,
      context -> new CountingDStream(context, 0, EmptyBatch.PARTITIONS)),
  LESSON_2(
      "lesson 2",
      true,
      context -> new CheckpointedCountingDStream(context, 0, EmptyBatch.PARTITIONS)),
  LESSON_3("lesson 3, views", true, EmptyBatch::views),
  LESSON_3_STATE(
      "lesson 3, state",
      true,
      context -> new PageCountsDStream(views(context), EmptyBatch.PARTITIONS).totals().dstream()),
  LESSON_4("lesson 4", true, EmptyBatch::direct),
  LESSON_5("lesson 5", true, EmptyBatch::cached);

  /** Of each RDD. */
  static final int PARTITIONS = 2;

  private static final int PAGES = 10;

  private final String title;
  private final boolean checkpoints;
  private final Function<StreamingContext, DStream<?>> stream;

  EmptyBatch(String title, boolean checkpoints, Function<StreamingContext, DStream<?>> stream) {
    this.title = title;
    this.checkpoints = checkpoints;
    this.stream = stream;
  }

  /** Returns what the charts call it. */
  String title() {
    return title;
  }

  /**
   * Returns what it is compared with: what is the same but for the lesson's concept. Null for
   * Spark's own. Lesson 4 goes on from the views, not from the state.
   */
  EmptyBatch before() {
    return switch (this) {
      case SPARK -> null;
      case LESSON_4 -> LESSON_3;
      default -> values()[ordinal() - 1];
    };
  }

  /** Returns whether it has a checkpoint directory. */
  boolean checkpoints() {
    return checkpoints;
  }

  /** Adds the stream to a context that has not been started. */
  DStream<?> of(StreamingContext context) {
    return stream.apply(context);
  }

  private static DStream<?> constant(StreamingContext context) {
    return new ConstantInputDStream<>(
        context,
        org.apache.spark.api.java.JavaSparkContext.fromSparkContext(context.sparkContext())
            .parallelize(List.<Long>of(), PARTITIONS)
            .rdd(),
        ClassTag$.MODULE$.apply(Long.class));
  }

  private static PageViewsDStream views(StreamingContext context) {
    return new PageViewsDStream(context, 0, PARTITIONS, PAGES);
  }

  private static DStream<?> direct(StreamingContext context) {
    return new DirectPageViewsDStream(context, new QuietTopic(), 1, PAGES);
  }

  private static DStream<?> cached(StreamingContext context) {
    return new CachedPageViewsDStream(
        context, new QuietTopic(), 1, PAGES, StorageLevel.MEMORY_ONLY());
  }

  /** The counted topic, in which nothing is new. */
  private record QuietTopic(CountedTopic counted) implements Topic {

    QuietTopic() {
      this(new CountedTopic(PARTITIONS));
    }

    @Override
    public Offsets offsets() {
      Offsets offsets = counted.offsets();
      return new Offsets() {
        @Override
        public List<OffsetRange> next(Map<Integer, Long> before, long atMost) {
          return offsets.next(before, 0);
        }

        @Override
        public void close() {
          offsets.close();
        }
      };
    }

    @Override
    public Iterator<Long> read(OffsetRange range, TaskContext task) {
      return counted.read(range, task);
    }
  }
}
