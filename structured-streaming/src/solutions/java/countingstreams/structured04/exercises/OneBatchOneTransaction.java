package countingstreams.structured04.exercises;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Iterator;
import scala.Tuple2;

/** Exercise S4, One batch, one transaction: totals that count each batch of a query once. */
public final class OneBatchOneTransaction {

  private OneBatchOneTransaction() {}

  /**
   * Adds the views of a batch to the totals in a database, unless they are in there. Called by
   * foreachBatch, in the driver: again, with the same id and the same views, if the batch runs
   * again. If this throws, the query dies, and the batch runs again when it is started again.
   *
   * <p>There are two tables. {@code totals (page, views)} has a row for each page that has had a
   * view, with all its views. {@code added (batch_id)} has a row for each batch that is in the
   * totals; a second one is refused with SQL state 23505.
   *
   * @param connection from a pool: it commits each statement by itself, and has to be given back
   *     like that, also if this throws
   * @param batchId the next one is a greater one, and is planned only when this one is done; the
   *     first is 0, or more if the query is older than the tables
   * @param views pages with their views in this batch, each page once
   * @return whether they were added; false if they were there
   * @throws SQLException if the database has refused something: then nothing is added; or if the
   *     connection was lost, in the commit maybe: then all is, or nothing
   */
  public static boolean add(Connection connection, long batchId, Iterator<Tuple2<Long, Long>> views)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      if (execute(
              connection,
              "insert into added select ? where not exists"
                  + " (select * from added where batch_id = ?)",
              batchId,
              batchId)
          == 0) {
        return false;
      }
      while (views.hasNext()) {
        Tuple2<Long, Long> page = views.next();
        addTo(connection, page._1(), page._2());
      }
      connection.commit();
      return true;
    } finally {
      try {
        connection.rollback(); // whatever is not committed
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  private static void addTo(Connection connection, long page, long views) throws SQLException {
    if (execute(connection, "update totals set views = views + ? where page = ?", views, page)
        == 0) {
      execute(connection, "insert into totals (views, page) values (?, ?)", views, page);
    }
  }

  private static int execute(Connection connection, String sql, long first, long second)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, first);
      statement.setLong(2, second);
      return statement.executeUpdate();
    }
  }
}
