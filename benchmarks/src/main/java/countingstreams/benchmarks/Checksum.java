package countingstreams.benchmarks;

import java.util.Iterator;
import org.apache.spark.api.java.JavaPairRDD;
import scala.Tuple2;

/**
 * A number that stands for a set of pages with their views, in any order and any partitions. If one
 * page or one view differs, so does the number, but for a chance of 1 in 2<sup>64</sup>.
 */
final class Checksum {

  private Checksum() {}

  /** Returns what a page adds to the sum: SplitMix64's finalizer. */
  static long of(long page, long views) {
    long z = page * 0x9E3779B97F4A7C15L + views;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  static long of(Iterator<Tuple2<Long, Long>> pages) {
    long sum = 0;
    while (pages.hasNext()) {
      Tuple2<Long, Long> page = pages.next();
      sum += of(page._1(), page._2());
    }
    return sum;
  }

  /** Runs a Spark job. */
  static long of(JavaPairRDD<Long, Long> pages) {
    return pages
        .mapPartitions(partition -> java.util.List.of(of(partition)).iterator())
        .reduce(Long::sum);
  }
}
