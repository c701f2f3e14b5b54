package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;

import countingstreams.lesson03.PageViewsDStream;
import countingstreams.testkit.BatchRunner;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What is in a database, and what has to be. */
record Books(String url) implements BatchRunner.Outside {

  /** Returns the books of a new database in the memory of this JVM. */
  static Books inMemory() {
    return new Books("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
  }

  /** Returns a sink with its tables. */
  JdbcSink sink() {
    JdbcSink sink = new JdbcSink(url);
    try {
      sink.create();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return sink;
  }

  /** Asserts that each number from 0 on, so many of them, was counted once, for its page. */
  void assertBalanced(long numbers, int pages) {
    assertThat(totals()).isEqualTo(expected(numbers, pages));
  }

  /** Returns the pages whose totals are not what they have to be, with what is there too much. */
  Map<Long, Long> wrong(long numbers, int pages) {
    Map<Long, Long> differences = totals();
    expected(numbers, pages).forEach((page, views) -> differences.merge(page, -views, Long::sum));
    differences.values().removeIf(difference -> difference == 0);
    return differences;
  }

  static Map<Long, Long> expected(long numbers, int pages) {
    Map<Long, Long> totals = new TreeMap<>();
    for (long number = 0; number < numbers; number++) {
      totals.merge(PageViewsDStream.pageOf(number, pages), 1L, Long::sum);
    }
    return totals;
  }

  /** Returns each page with all its views. */
  Map<Long, Long> totals() {
    Map<Long, Long> totals = new TreeMap<>();
    for (List<Long> row : rows("select page, sum(views) from page_views group by page")) {
      totals.put(row.get(0), row.get(1));
    }
    return totals;
  }

  /** Returns how many partitions of batches are written. */
  int partitionsWritten() {
    return rows("select batch_time, part from batches").size();
  }

  /** Deletes what is there of the last batch, unless it is all there. */
  void dropHalfABatch(int partitions) {
    List<List<Long>> last =
        rows(
            "select batch_time, count(*) from batches group by batch_time order by 1 desc limit 1");
    if (!last.isEmpty() && last.get(0).get(1) < partitions) {
      long batchTime = last.get(0).get(0);
      execute(
          "delete from batches where batch_time = " + batchTime,
          "delete from page_views where batch_time = " + batchTime);
    }
  }

  List<List<Long>> rows(String query) {
    List<List<Long>> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet results = statement.executeQuery(query)) {
      while (results.next()) {
        List<Long> row = new ArrayList<>();
        for (int column = 1; column <= results.getMetaData().getColumnCount(); column++) {
          row.add(results.getLong(column));
        }
        rows.add(row);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
    return rows;
  }

  void execute(String... statements) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the tables as SQL that fills them. */
  @Override
  public String save() {
    List<String> inserts = new ArrayList<>();
    for (String table : List.of("batches", "page_views")) {
      for (List<Long> row : rows("select * from " + table + " order by 1, 2")) {
        inserts.add(
            "insert into %s values (%s)"
                .formatted(table, String.join(", ", row.stream().map(String::valueOf).toList())));
      }
    }
    return String.join(";", inserts);
  }

  @Override
  public void load(String saved) {
    execute("delete from batches", "delete from page_views");
    if (!saved.isEmpty()) {
      execute(saved.split(";"));
    }
  }
}
