package countingstreams.testkit;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a stream gave in one batch.
 *
 * @param number 1 for the first batch after the engine's zero time
 * @param partitions the elements of each partition, in the order of partitions
 */
public record Batch(long number, List<List<Object>> partitions) {

  /** Returns all elements, in the order of partitions. */
  public List<Object> elements() {
    return partitions.stream().flatMap(List::stream).toList();
  }

  /** Returns a line for each partition, in the form the lesson apps print. */
  public List<String> lines() {
    return IntStream.range(0, partitions.size())
        .mapToObj(
            p -> "batch %d | partition %d | %s".formatted(number, p, spaced(partitions.get(p))))
        .toList();
  }

  /** Returns one line for the whole batch, without its partitions. */
  public String line() {
    return "batch %d | %s".formatted(number, spaced(elements()));
  }

  private static String spaced(List<Object> elements) {
    return elements.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }
}
