package countingstreams.lesson02;

import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.streaming.Checkpoint;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/**
 * What a context that comes from a checkpoint will run as soon as it starts. Numbers are batch
 * numbers, 1 for the first.
 *
 * @param checkpoint the batch at whose time the checkpoint was taken
 * @param again that batch, those that were pending then, and all from it to the last of them
 * @param downTime the batches after these whose time has come, in order
 */
record Recovery(long checkpoint, List<Long> again, List<Long> downTime) {

  /** Returns what is due at a time of the clock, in milliseconds, if the context starts then. */
  @SuppressWarnings("deprecation") // DStreams are legacy, and our subject
  static Recovery of(StreamingContext context, long now) {
    long zero = context.graph().zeroTime().milliseconds();
    long interval = context.graph().batchDuration().milliseconds();
    Checkpoint read = context.initialCheckpoint();
    long checkpoint = (read.checkpointTime().milliseconds() - zero) / interval;
    SortedSet<Long> again = new TreeSet<>(List.of(checkpoint));
    Arrays.stream(read.pendingTimes())
        .map(Time::milliseconds)
        .forEach(time -> again.add((time - zero) / interval));
    LongStream.range(checkpoint, again.last()).forEach(again::add); // the engine knows no gap
    List<Long> downTime =
        LongStream.rangeClosed(again.last() + 1, (now - zero) / interval).boxed().toList();
    return new Recovery(checkpoint, List.copyOf(again), downTime);
  }

  @Override
  public String toString() {
    return "the checkpoint of batch %d. Runs again: %s. Of the down time: %s."
        .formatted(checkpoint, numbers(again), numbers(downTime));
  }

  private static String numbers(List<Long> batches) {
    if (batches.isEmpty()) {
      return "no batch";
    }
    long first = batches.get(0);
    long last = batches.get(batches.size() - 1);
    if (first == last) {
      return "batch " + first;
    }
    return last - first + 1 == batches.size()
        ? "batches %d to %d".formatted(first, last)
        : "batches " + batches.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
