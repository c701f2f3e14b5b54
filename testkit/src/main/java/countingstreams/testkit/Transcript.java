package countingstreams.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares what a run gave with the file of what it must give, and shows where they part. */
public final class Transcript {

  private static final Pattern LINE = Pattern.compile("batch (-?\\d+) \\| (.*)");
  private static final int WIDEST = 44;
  private static final int BATCHES_BEFORE = 1;
  private static final int BATCHES_AFTER = 2;
  private static final int LINES_OF_A_BATCH = 12;
  private static final String ABSENT = "(no such line)";
  private static final String NOTHING = "(nothing)";

  private Transcript() {}

  /**
   * Asserts that the lines are those of {@code expected/<name>.txt} on the test's class path.
   *
   * @throws AssertionError if they differ: a table of both, batch by batch, with the first wrong
   *     batch marked
   */
  public static void assertMatches(String name, List<String> actual) {
    assertMatches(name, expected(name), actual);
  }

  /** Returns the lines of {@code expected/<name>.txt} on the test's class path. */
  public static List<String> expected(String name) {
    String resource = "expected/" + name + ".txt";
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream file = loader.getResourceAsStream(resource)) {
      if (file == null) {
        throw new IllegalArgumentException("No src/test/resources/" + resource);
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void assertMatches(String name, List<String> expected, List<String> actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(table(name, expected, actual));
    }
  }

  private static String table(String name, List<String> expected, List<String> actual) {
    Map<Long, List<String>> left = byBatch(expected);
    Map<Long, List<String>> right = byBatch(actual);
    Set<Long> all = new TreeSet<>(left.keySet());
    all.addAll(right.keySet());
    List<Long> numbers = List.copyOf(new TreeSet<>(all));
    int first = 0;
    while (first < numbers.size()
        && left.getOrDefault(numbers.get(first), List.of())
            .equals(right.getOrDefault(numbers.get(first), List.of()))) {
      first++;
    }
    if (first == numbers.size()) {
      return "Each batch is right, but they came in another order than in %s: %s"
          .formatted(file(name), actual);
    }
    List<Row> rows = new ArrayList<>();
    int until = Math.min(numbers.size(), first + BATCHES_AFTER + 1);
    for (int i = Math.max(0, first - BATCHES_BEFORE); i < until; i++) {
      long batch = numbers.get(i);
      addRows(
          rows,
          (i == first ? "=> " : "   ") + "batch " + batch,
          left.getOrDefault(batch, List.of()),
          right.getOrDefault(batch, List.of()));
    }
    int width = rows.stream().mapToInt(row -> row.expected().length()).max().orElse(0);
    String format =
        "  %-13s %-" + Math.min(WIDEST, Math.max(width, "expected".length())) + "s %s %s";
    return Stream.concat(
            Stream.of(
                "Batch %d is the first that differs from %s."
                    .formatted(numbers.get(first), file(name)),
                "",
                format.formatted("", "expected", " ", "what came out")),
            rows.stream().map(row -> row.text(format)))
        .collect(Collectors.joining("\n"));
  }

  private static void addRows(
      List<Row> rows, String batch, List<String> expected, List<String> actual) {
    int lines = Math.max(expected.size(), actual.size());
    for (int i = 0; i < Math.min(lines, LINES_OF_A_BATCH); i++) {
      rows.add(new Row(i == 0 ? batch : "", line(expected, i), line(actual, i)));
    }
    if (lines > LINES_OF_A_BATCH) {
      String more = "… %d lines more".formatted(lines - LINES_OF_A_BATCH);
      rows.add(new Row("", more, more));
    }
  }

  private static String line(List<String> lines, int index) {
    if (index >= lines.size()) {
      return ABSENT;
    }
    return lines.get(index).isEmpty() ? NOTHING : lines.get(index);
  }

  /** A line of the table. */
  private record Row(String batch, String expected, String actual) {

    String text(String format) {
      String mark = expected.equals(actual) ? " " : "≠";
      return format.formatted(batch, cut(expected), mark, cut(actual)).stripTrailing();
    }

    private static String cut(String text) {
      return text.length() > WIDEST ? text.substring(0, WIDEST - 1) + "…" : text;
    }
  }

  private static String file(String name) {
    return "expected/" + name + ".txt";
  }

  /** Groups lines by batch; what is no line of a batch counts to the batch before it. */
  private static Map<Long, List<String>> byBatch(List<String> lines) {
    Map<Long, List<String>> batches = new LinkedHashMap<>();
    long batch = 0;
    for (String line : lines) {
      Matcher parts = LINE.matcher(line);
      boolean matches = parts.matches();
      if (matches) {
        batch = Long.parseLong(parts.group(1));
      }
      batches.computeIfAbsent(batch, b -> new ArrayList<>()).add(matches ? parts.group(2) : line);
    }
    return batches;
  }
}
