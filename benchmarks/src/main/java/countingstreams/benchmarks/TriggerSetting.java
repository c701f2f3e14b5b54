package countingstreams.benchmarks;

import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.v2.LowLatencyClock;
import org.apache.spark.sql.execution.streaming.LowLatencyMemoryStream;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStreamBase;
import org.apache.spark.sql.execution.streaming.sources.ContinuousMemoryStream;
import org.apache.spark.sql.streaming.Trigger;

/** The triggers that {@link MeasureTriggers} compares, in the order of its table. */
enum TriggerSetting {
  AS_SOON_AS_POSSIBLE("ProcessingTime(0), the default", Trigger.ProcessingTime(0)),
  EACH_100_MS("ProcessingTime(100 ms)", Trigger.ProcessingTime("100 milliseconds")),
  EACH_SECOND("ProcessingTime(1 s)", Trigger.ProcessingTime("1 second")),
  CONTINUOUS("Continuous(1 s)", Trigger.Continuous("1 second")),
  REAL_TIME("RealTime(5 s)", Trigger.RealTime("5 seconds"));

  private final String title;
  private final Trigger trigger;

  TriggerSetting(String title, Trigger trigger) {
    this.title = title;
    this.trigger = trigger;
  }

  String title() {
    return title;
  }

  Trigger trigger() {
    return trigger;
  }

  /**
   * Returns when a query writes the offsets of a batch or epoch to its checkpoint, as {@link
   * TriggersTest} proves.
   */
  String offsetsLogged() {
    return switch (this) {
      case AS_SOON_AS_POSSIBLE, EACH_100_MS, EACH_SECOND -> "before the batch";
      case CONTINUOUS -> "after the epoch";
      case REAL_TIME -> "after the batch";
    };
  }

  /**
   * Returns a new source of events with one partition, as else all events that are added one by one
   * are in the first.
   */
  MemoryStreamBase<Long> source(SparkSession spark) {
    return this == CONTINUOUS
        ? new ContinuousMemoryStream<>(0, spark, 1, Encoders.LONG())
        : new LowLatencyMemoryStream<>(0, spark, 1, LowLatencyClock.getClock(), Encoders.LONG());
  }
}
