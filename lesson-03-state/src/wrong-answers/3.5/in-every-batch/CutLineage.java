package countingstreams.lesson03.exercises;

import countingstreams.lesson03.PageViewsDStream;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStream;
import scala.Option;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Wrong: it writes all totals in each batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CutLineage extends DStream<Tuple2<Long, Long>> {

  private static final long serialVersionUID = 1L;
  private static final ClassTag<Tuple2<Long, Long>> TOTALS = ClassTag$.MODULE$.apply(Tuple2.class);

  /** Adds a batch to the totals of a partition. */
  public interface Update extends Serializable {

    /**
     * Returns the totals after a batch. Called by a task.
     *
     * @param totals pages with their views before the batch
     * @param views pages with their views in the batch
     */
    Iterator<Tuple2<Long, Long>> add(
        Iterator<Tuple2<Long, Long>> totals, Iterator<Tuple2<Long, Long>> views);
  }

  private final PageViewsDStream views;
  private final int partitions;
  private final Update update;

  /**
   * Adds the stream to a context that has not been started.
   *
   * @param every which batches cut the lineage: {@code every}, {@code 2 * every} and so on. Once
   *     such a batch has run, what it holds does not depend on the batches before it any more
   */
  public CutLineage(PageViewsDStream views, int partitions, Update update, int every) {
    super(views.context(), TOTALS);
    this.views = views;
    this.partitions = partitions;
    this.update = update;
    checkpoint(slideDuration());
  }

  /** Called by the engine on the driver, once a batch time, in order. */
  @Override
  public Option<RDD<Tuple2<Long, Long>>> compute(Time batchTime) {
    Option<RDD<Tuple2<Long, Long>>> before = getOrCompute(batchTime.minus(slideDuration()));
    return Option.apply(
        next(
            before.isEmpty() ? noTotals() : before.get(),
            views.getOrCompute(batchTime).get(),
            partitions,
            update));
  }

  private RDD<Tuple2<Long, Long>> noTotals() {
    return JavaSparkContext.fromSparkContext(context().sparkContext())
        .parallelize(List.<Tuple2<Long, Long>>of(), partitions)
        .rdd();
  }

  /** Static: a function made in a method of the stream could hold the stream. */
  private static RDD<Tuple2<Long, Long>> next(
      RDD<Tuple2<Long, Long>> before, RDD<Long> batch, int partitions, Update update) {
    JavaPairRDD<Long, Long> views =
        batch
            .toJavaRDD()
            .mapToPair(page -> new Tuple2<Long, Long>(page, 1L))
            .reduceByKey(Long::sum, partitions);
    return before.toJavaRDD().zipPartitions(views, update::add).rdd();
  }

  @Override
  public Duration slideDuration() {
    return views.slideDuration();
  }

  @Override
  public scala.collection.immutable.List<DStream<?>> dependencies() {
    return CollectionConverters.asScala(List.<DStream<?>>of(views)).toList();
  }
}
