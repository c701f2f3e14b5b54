package countingstreams.lesson03;

import org.apache.spark.streaming.api.java.JavaPairDStream;

/** The ways to keep running page views. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public enum PageViewsState {
  UPDATE_STATE_BY_KEY("updateStateByKey") {
    @Override
    public JavaPairDStream<Long, Long> totals(PageViewsDStream views, int partitions) {
      return SparkState.updateStateByKey(views, partitions);
    }
  },
  MAP_WITH_STATE("mapWithState") {
    @Override
    public JavaPairDStream<Long, Long> totals(PageViewsDStream views, int partitions) {
      return SparkState.mapWithState(views, partitions);
    }
  },
  OWN("own") {
    @Override
    public JavaPairDStream<Long, Long> totals(PageViewsDStream views, int partitions) {
      return new PageCountsDStream(views, partitions).totals();
    }
  };

  private final String option;

  PageViewsState(String option) {
    this.option = option;
  }

  /** Returns all pages with their views so far, in each batch. */
  public abstract JavaPairDStream<Long, Long> totals(PageViewsDStream views, int partitions);

  /** Returns what the command line calls it. */
  @Override
  public String toString() {
    return option;
  }
}
