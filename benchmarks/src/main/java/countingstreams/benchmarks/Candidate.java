package countingstreams.benchmarks;

import countingstreams.benchmarks.DStreamJob.Streams;
import countingstreams.lesson03.PageCounts;
import countingstreams.lesson03.PageCountsDStream;
import countingstreams.lesson03.PageViewsState;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.Optional;
import org.apache.spark.api.java.function.Function3;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaMapWithStateDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/**
 * What is compared. Each gets the same views, and its output is a checksum, computed in a Spark
 * job, of the pages that the batch has changed, with their totals. Except for updateStateByKey,
 * which does not know them: its output is all pages, which is what its RDD holds.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
enum Candidate {
  NO_STATE("no state", Expected::views, Expected::views, dstreams(Candidate::noState)),
  OWN("own state stream", Expected::changed, Expected::all, dstreams(Candidate::own)),
  MAP_WITH_STATE(
      "mapWithState", Expected::changed, Expected::all, dstreams(Candidate::mapWithState)),
  UPDATE_STATE_BY_KEY(
      "updateStateByKey", Expected::all, Expected::all, dstreams(Candidate::updateStateByKey)),
  ROCKSDB(
      "Structured Streaming, RocksDB",
      Expected::changed,
      Expected::all,
      (conf, workload, checkpoint) -> new StructuredJob(conf, workload, checkpoint, false)),
  ROCKSDB_CHANGELOG(
      "Structured Streaming, RocksDB with changelog",
      Expected::changed,
      Expected::all,
      (conf, workload, checkpoint) -> new StructuredJob(conf, workload, checkpoint, true)),
  HASH_MAP(
      "HashMap, one thread, no Spark",
      Expected::changed,
      Expected::all,
      (conf, workload, checkpoint) -> new PlainLoopJob(workload));

  /** Makes a job of which no batch has run yet. */
  private interface Start {
    StateJob start(SparkConf conf, Workload workload, Path checkpoint) throws Exception;
  }

  private final String title;
  private final ToLongFunction<Expected> output;
  private final ToLongFunction<Expected> totals;
  private final Start start;

  Candidate(
      String title, ToLongFunction<Expected> output, ToLongFunction<Expected> totals, Start start) {
    this.title = title;
    this.output = output;
    this.totals = totals;
    this.start = start;
  }

  /** Returns what the results call it. */
  String title() {
    return title;
  }

  /** Returns the checksum that a batch must put out. */
  long output(Expected expected) {
    return output.applyAsLong(expected);
  }

  /** Returns the checksum of the totals after a batch. */
  long totals(Expected expected) {
    return totals.applyAsLong(expected);
  }

  /** Starts the job; no batch has run yet. A JVM can start one. */
  StateJob start(SparkConf conf, Workload workload, Path checkpoint) throws Exception {
    return start.start(conf, workload, checkpoint);
  }

  private static Start dstreams(Function<BenchmarkViews, Streams> candidate) {
    return (conf, workload, checkpoint) -> new DStreamJob(conf, workload, checkpoint, candidate);
  }

  private static Streams noState(BenchmarkViews views) {
    JavaPairDStream<Long, Long> viewsByPage = viewsByPage(views);
    return new Streams(viewsByPage, viewsByPage);
  }

  private static Streams own(BenchmarkViews views) {
    PageCountsDStream counts = new PageCountsDStream(views, Workload.PARTITIONS);
    JavaPairDStream<Long, Long> changed =
        JavaDStream.fromDStream(counts, ClassTag$.MODULE$.<PageCounts>apply(PageCounts.class))
            .flatMapToPair(
                partition -> CollectionConverters.asJava(partition.changed().iterator()));
    return new Streams(changed, counts.totals());
  }

  private static Streams mapWithState(BenchmarkViews views) {
    // Without the type, Java can't choose: there is a function for Scala, too.
    Function3<Long, Optional<Long>, State<Long>, Tuple2<Long, Long>> add =
        (page, news, state) -> {
          state.update((state.exists() ? state.get() : 0L) + news.get());
          return new Tuple2<>(page, state.get());
        };
    JavaMapWithStateDStream<Long, Long, Long, Tuple2<Long, Long>> changed =
        viewsByPage(views).mapWithState(StateSpec.function(add).partitioner(partitioner()));
    return new Streams(changed.mapToPair(page -> page), changed.stateSnapshots());
  }

  private static Streams updateStateByKey(BenchmarkViews views) {
    JavaPairDStream<Long, Long> totals =
        PageViewsState.UPDATE_STATE_BY_KEY.totals(views, Workload.PARTITIONS);
    return new Streams(totals, totals);
  }

  private static JavaPairDStream<Long, Long> viewsByPage(BenchmarkViews views) {
    return views
        .asJava()
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, partitioner());
  }

  private static HashPartitioner partitioner() {
    return new HashPartitioner(Workload.PARTITIONS);
  }
}
