package countingstreams.lesson05.exercises;

import java.util.List;
import java.util.stream.IntStream;

/** Wrong: the engine does not know the copy. */
public final class StillInMemory {

  /** What a program does to keep the elements of a stream in memory. */
  public enum Kept {
    /** Nothing. */
    NOT,
    /** Calls {@code cache()} on the stream. */
    STREAM_CACHED,
    /** Calls {@code persist()}, in foreachRDD, on the RDD that the stream has returned. */
    RDD_PERSISTED,
    /** Calls {@code persist()}, in foreachRDD, on an RDD made of it by {@code map}. */
    COPY_PERSISTED
  }

  /**
   * A stream, and the streams made of it. Durations are in batch intervals, of one second each.
   *
   * @param window the duration of which each of its RDDs holds the batches, from 1 to 4, if {@code
   *     window(window, slide)} has made this stream; otherwise 0
   * @param slide the duration from one of its RDDs to the next, from 1 to 4: the first is of batch
   *     {@code slide}, the second of {@code 2 * slide}
   * @param checkpoint the interval that {@code checkpoint(…)} was called with, from 1 to 3, if the
   *     stream is an input, or a state that {@code updateStateByKey} has made; 0 if it was not
   *     called
   * @param kept what the program does with it
   * @param readers the streams made of it by {@code map}, {@code window} or {@code
   *     updateStateByKey}, and each may have readers in turn
   */
  public record Stream(int window, int slide, int checkpoint, Kept kept, List<Stream> readers) {}

  private StillInMemory() {}

  /**
   * Returns the batches of a stream that are in memory when a batch is done, and the next has not
   * begun: those whose elements are there, in the stream's own RDD or the one made of it.
   *
   * <p>Each stream has an output that reads all elements of its RDDs. The memory is large enough.
   * Somebody holds all RDDs, so the driver's garbage collector finds none.
   *
   * @param stream of whose RDDs to tell, not of those of its readers
   * @param remember what {@code context.remember(…)} was called with, from 1 to 3 batch intervals;
   *     0 if it was not called
   * @param unpersist the setting {@code spark.streaming.unpersist}
   * @param batch the batch that is done, 1 or more
   */
  public static List<Integer> inMemory(Stream stream, int remember, boolean unpersist, int batch) {
    if (!isPersisted(stream)) {
      return List.of();
    }
    boolean forever = !unpersist;
    int gone = forever ? 0 : batch - remembers(stream, remember);
    return IntStream.rangeClosed(1, batch)
        .filter(b -> b > gone && b % stream.slide() == 0)
        .boxed()
        .toList();
  }

  private static boolean isPersisted(Stream stream) {
    return switch (stream.kept()) {
      case RDD_PERSISTED, COPY_PERSISTED -> true;
      case STREAM_CACHED -> stream.window() == 0;
      case NOT ->
          stream.window() == 0
              && (stream.checkpoint() > 0
                  || stream.readers().stream().anyMatch(reader -> reader.window() > 0));
    };
  }

  /** Returns for how many batch intervals a stream remembers its RDDs. */
  private static int remembers(Stream stream, int remember) {
    int longest = Math.max(stream.slide(), Math.max(remember, 2 * stream.checkpoint()));
    for (Stream reader : stream.readers()) {
      longest = Math.max(longest, remembers(reader, remember) + reader.window());
    }
    return longest;
  }
}
