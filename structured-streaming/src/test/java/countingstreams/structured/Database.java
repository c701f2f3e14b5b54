package countingstreams.structured;

import countingstreams.lesson03.PageViewsDStream;
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

/** A database in the memory of this JVM, with the tables of lesson 4's sink. */
public record Database(String url) {

  /** Returns a new one, without tables. */
  public static Database inMemory() {
    return new Database("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
  }

  /** Returns each page with all its views, from a table with a page and views in each row. */
  public Map<Long, Long> totals(String table) {
    Map<Long, Long> totals = new TreeMap<>();
    query("select page, sum(views) from " + table + " group by page")
        .forEach(row -> totals.put(Long.valueOf(row.get(0)), Long.valueOf(row.get(1))));
    return totals;
  }

  /** Returns what the totals have to be if each number below this one was counted once. */
  public static Map<Long, Long> expected(long numbers, int pages) {
    Map<Long, Long> totals = new TreeMap<>();
    for (long number = 0; number < numbers; number++) {
      totals.merge(PageViewsDStream.pageOf(number, pages), 1L, Long::sum);
    }
    return totals;
  }

  /** Returns SQL that makes an empty database the same as this one. */
  public String save() {
    return String.join("\n", query("script").stream().map(row -> row.get(0)).toList());
  }

  /** Makes this database what another one was. */
  public void load(String saved) {
    execute("drop all objects");
    execute(saved);
  }

  private List<List<String>> query(String sql) {
    List<List<String>> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet results = statement.executeQuery(sql)) {
      while (results.next()) {
        List<String> row = new ArrayList<>();
        for (int column = 1; column <= results.getMetaData().getColumnCount(); column++) {
          row.add(results.getString(column));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  public void execute(String sql) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
