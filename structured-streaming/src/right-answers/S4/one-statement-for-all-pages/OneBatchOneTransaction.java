package countingstreams.structured04.exercises;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import scala.Tuple2;

/** Sends all pages at once, and rolls back only when it fails. */
public final class OneBatchOneTransaction {

  private OneBatchOneTransaction() {}

  public static boolean add(Connection connection, long batchId, Iterator<Tuple2<Long, Long>> views)
      throws SQLException {
    if (isAdded(connection, batchId)) {
      return false;
    }
    connection.setAutoCommit(false);
    try (PreparedStatement merge =
        connection.prepareStatement(
            "merge into totals t using (values (cast(? as bigint), cast(? as bigint))) v (page, views)"
                + " on t.page = v.page"
                + " when matched then update set views = t.views + v.views"
                + " when not matched then insert values (v.page, v.views)")) {
      while (views.hasNext()) {
        Tuple2<Long, Long> page = views.next();
        merge.setLong(1, page._1());
        merge.setLong(2, page._2());
        merge.addBatch();
      }
      merge.executeBatch();
      execute(connection, "insert into added values (?)", batchId);
      connection.commit();
      return true;
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
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
