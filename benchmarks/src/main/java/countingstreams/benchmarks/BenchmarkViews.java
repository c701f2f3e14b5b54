package countingstreams.benchmarks;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson03.PageViewsDStream;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** Lesson 3's stream of page views, with those of the workload, born in the partitions. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class BenchmarkViews extends PageViewsDStream {

  private static final long serialVersionUID = 1L;

  private final Workload workload;

  BenchmarkViews(StreamingContext context, Workload workload) {
    super(context, workload.touched(), Workload.PARTITIONS, Math.max(1, workload.pages()));
    this.workload = workload;
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    return workload.viewsOf(batchNumber(batchTime));
  }

  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    return pages(
        context().sparkContext().range(range.from(), range.until(), 1, partitions), workload);
  }

  /** Static: a function made in a method of the stream could hold the stream. */
  private static RDD<Long> pages(RDD<Object> views, Workload workload) {
    return views.toJavaRDD().map(view -> workload.pageOf((Long) view)).rdd();
  }
}
