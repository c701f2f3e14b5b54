package countingstreams.lesson03;

import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;

/** Running page views by the two ways that Spark has. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class SparkState {

  private SparkState() {}

  // #region update-state-by-key
  /**
   * Returns all pages with their views so far, in each batch. Spark calls the function for every
   * page that has a state or a view in the batch, in every batch, on executors.
   */
  static JavaPairDStream<Long, Long> updateStateByKey(PageViewsDStream views, int partitions) {
    return ones(views)
        .updateStateByKey(
            (news, before) ->
                Optional.of(before.orElse(0L) + news.stream().mapToLong(Long::longValue).sum()),
            partitions);
  }

  // #endregion update-state-by-key

  // #region map-with-state
  /**
   * Returns all pages with their views so far, in each batch. Spark calls the function once for
   * each view, on executors: so the views of a page are added up first.
   */
  static JavaPairDStream<Long, Long> mapWithState(PageViewsDStream views, int partitions) {
    HashPartitioner partitioner = new HashPartitioner(partitions);
    // Without the cast, Java can't choose: there is a function for Scala, too.
    Function3<Long, Optional<Long>, State<Long>, Void> add =
        (page, news, state) -> {
          state.update((state.exists() ? state.get() : 0L) + news.get());
          return null;
        };
    return ones(views)
        .reduceByKey(Long::sum, partitioner)
        .mapWithState(StateSpec.function(add).partitioner(partitioner))
        .stateSnapshots();
  }

  // #endregion map-with-state

  private static JavaPairDStream<Long, Long> ones(PageViewsDStream views) {
    return views.asJava().mapToPair(page -> new Tuple2<>(page, 1L));
  }
}
