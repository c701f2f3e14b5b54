package countingstreams.lesson03.exercises;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson03.PageViewsDStream;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.streaming.StreamingContext;

/** Page views that a test has written down, batch by batch. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class ViewsDStream extends PageViewsDStream {

  private static final long serialVersionUID = 1L;

  private final String[] batches;

  /**
   * Adds the stream to a context.
   *
   * @param batches the pages viewed in batch 1, 2 and so on, with spaces between; all batches after
   *     them are empty
   */
  ViewsDStream(StreamingContext context, String... batches) {
    super(context, 1, 2, 1);
    this.batches = batches.clone();
  }

  /** The range has one number, that of the batch less one. */
  @Override
  protected RDD<Long> numbers(NumberRange range, int partitions) {
    int batch = (int) range.from();
    String pages = batch < batches.length ? batches[batch] : "";
    List<Long> views =
        Arrays.stream(pages.split(" ")).filter(page -> !page.isEmpty()).map(Long::valueOf).toList();
    return JavaSparkContext.fromSparkContext(context().sparkContext())
        .parallelize(views, partitions)
        .rdd();
  }
}
