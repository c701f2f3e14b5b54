package countingstreams.structured02;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.lesson01.NumberRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

// #region logs
/**
 * What a query has written down of its batches: a file a batch in {@code offsets}, before it runs,
 * and one in {@code commits}, once it is done. Lesson 2's record, but in files that anyone can
 * read. Batch ids begin with 0.
 *
 * @param checkpoint the query's checkpointLocation, on a local disk
 */
public record QueryLogs(Path checkpoint) {

  /** Returns which batches have been planned: their range is fixed. */
  public SortedSet<Long> planned() throws IOException {
    return ids("offsets");
  }

  /** Returns which batches are done: they never run again. */
  public SortedSet<Long> committed() throws IOException {
    return ids("commits");
  }

  /**
   * Returns which numbers each batch has that was planned, by its id. Old files are deleted one
   * day: of the oldest one left it is not known where it begins, so it is left out.
   */
  public TreeMap<Long, NumberRange> ranges() throws IOException {
    TreeMap<Long, NumberRange> ranges = new TreeMap<>();
    long from = 0;
    for (long id : planned()) {
      long until = end(id);
      ranges.put(id, new NumberRange(from, until));
      from = until;
    }
    if (!ranges.isEmpty() && ranges.firstKey() > 0) {
      ranges.remove(ranges.firstKey());
    }
    return ranges;
  }

  /** Returns the offset at which a batch ends: in the last line, which is the source's. */
  private long end(long id) throws IOException {
    List<String> lines = Files.readAllLines(checkpoint.resolve("offsets/" + id));
    JsonNode offset = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    return offset.get("offset").asLong();
  }

  // #endregion logs

  /** Says what runs again, and what comes next. Numbers are batch numbers, 1 for the first. */
  @Override
  public String toString() {
    try {
      long planned = batches(planned());
      long committed = batches(committed());
      return "planned up to batch %d, done up to batch %d. Runs again: %s."
          .formatted(planned, committed, planned == committed ? "no batch" : "batch " + planned);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long batches(SortedSet<Long> ids) {
    return ids.isEmpty() ? 0 : ids.last() + 1;
  }

  private SortedSet<Long> ids(String log) throws IOException {
    Path folder = checkpoint.resolve(log);
    if (!Files.exists(folder)) {
      return new TreeSet<>();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("\\d+"))
          .map(Long::valueOf)
          .collect(TreeSet::new, TreeSet::add, TreeSet::addAll);
    }
  }
}
