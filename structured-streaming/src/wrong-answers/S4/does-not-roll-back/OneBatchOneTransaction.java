package countingstreams.structured04.exercises;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import scala.Tuple2;

/** Commits whatever there is, in the end. */
public final class OneBatchOneTransaction {

  private OneBatchOneTransaction() {}

  public static boolean add(Connection connection, long batchId, Iterator<Tuple2<Long, Long>> views)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      if (isAdded(connection, batchId)) {
        return false;
      }
      execute(connection, "insert into added values (?)", batchId);
      while (views.hasNext()) {
        Tuple2<Long, Long> page = views.next();
        addTo(connection, page._1(), page._2());
      }
      connection.commit();
      return true;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static boolean isAdded(Connection connection, long batchId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select * from added where batch_id = ?")) {
      statement.setLong(1, batchId);
      try (ResultSet results = statement.executeQuery()) {
        return results.next();
      }
    }
  }

  private static void addTo(Connection connection, long page, long views) throws SQLException {
    if (execute(connection, "update totals set views = views + ? where page = ?", views, page)
        == 0) {
      execute(connection, "insert into totals (views, page) values (?, ?)", views, page);
    }
  }

  private static int execute(Connection connection, String sql, long... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setLong(i + 1, values[i]);
      }
      return statement.executeUpdate();
    }
  }
}
