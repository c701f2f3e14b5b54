package countingstreams.lesson01.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson01.NumberRange;
import java.util.Map;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.scheduler.StreamInputInfo;
import scala.jdk.javaapi.CollectionConverters;

/** Another way: a description from a Java map, as Kafka's direct stream gives its offsets. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class ShowUp extends CountingDStream {

  private static final long serialVersionUID = 1L;

  public ShowUp(StreamingContext context, int numbersPerBatch, int partitions) {
    super(context, numbersPerBatch, partitions);
  }

  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = super.rangeOf(batchTime);
    Map<String, Object> metadata =
        Map.of(
            "from",
            range.from(),
            "until",
            range.until(),
            StreamInputInfo.METADATA_KEY_DESCRIPTION(),
            "from %d until %d".formatted(range.from(), range.until()));
    context()
        .scheduler()
        .inputInfoTracker()
        .reportInfo(
            batchTime,
            new StreamInputInfo(
                id(),
                range.size(),
                scala.collection.immutable.Map.from(CollectionConverters.asScala(metadata))));
    return range;
  }
}
