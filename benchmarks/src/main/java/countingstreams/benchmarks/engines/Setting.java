package countingstreams.benchmarks.engines;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How an engine runs.
 *
 * @param exactlyOnce whether its results are written in transactions
 * @param intervalMs milliseconds between batches (Spark), commits (Kafka Streams), checkpoints
 *     (Flink); {@link CountJob#DEFAULT} for what the engine has by itself
 * @param staticMember whether its consumers keep their place in the group while they are away
 *     (Kafka Streams)
 */
record Setting(Engine engine, boolean exactlyOnce, long intervalMs, boolean staticMember) {

  /** Flink has no interval of its own: without one it makes no checkpoints. */
  private static final long FLINK_CHECKPOINTS_MS = 1000;

  /** The order of charts and tables. */
  static final Comparator<Setting> ORDER =
      Comparator.comparing(Setting::engine)
          .thenComparing(setting -> setting.exactlyOnce())
          .thenComparing(Setting::staticMember)
          .thenComparing(Setting::intervalMs);

  static Setting batches(Engine engine, long intervalMs) {
    return new Setting(engine, false, intervalMs, false);
  }

  static Setting atLeastOnce(Engine engine) {
    return new Setting(
        engine, false, engine == Engine.FLINK ? FLINK_CHECKPOINTS_MS : CountJob.DEFAULT, false);
  }

  static Setting exactlyOnce(Engine engine, long intervalMs) {
    return new Setting(engine, true, intervalMs, false);
  }

  Setting asStaticMember() {
    return new Setting(engine, exactlyOnce, intervalMs, true);
  }

  /** Returns what it is without its interval, as charts and tables name it. */
  String title() {
    List<String> more = new ArrayList<>();
    if (!engine.isMicroBatch()) {
      more.add(exactlyOnce ? "exactly once" : "at least once");
    }
    if (staticMember) {
      more.add("static member");
    }
    return more.isEmpty() ? engine.title() : engine.title() + ", " + String.join(", ", more);
  }

  @Override
  public String toString() {
    return intervalMs == CountJob.DEFAULT ? title() : "%s, %d ms".formatted(title(), intervalMs);
  }
}
