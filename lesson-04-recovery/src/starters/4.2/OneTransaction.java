package countingstreams.lesson04.exercises;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Iterator;
import scala.Tuple2;

/** Exercise 4.2, Results and progress in one transaction: totals that count each batch once. */
public final class OneTransaction {

  private OneTransaction() {}

  /**
   * Adds the views of one partition of a batch to the totals in a database, unless they are in
   * there. Called by a task: again if the batch runs again, on any connection.
   *
   * <p>There are two tables. {@code totals (page, views)} has a row for each page that has had a
   * view, with all its views. {@code added (batch_time, part)} has a row for each partition of a
   * batch that is in the totals; a second one is refused with SQL state 23505.
   *
   * @param connection from a pool: it commits each statement by itself, and has to be given back
   *     like that, also if this throws
   * @param batchTime in milliseconds
   * @param views pages with their views in this batch, each page once
   * @return whether they were added; false if they were there
   * @throws SQLException if the database has refused something: then nothing is added; or if the
   *     connection was lost, in the commit maybe: then all is, or nothing
   */
  public static boolean add(
      Connection connection, long batchTime, int partition, Iterator<Tuple2<Long, Long>> views)
      throws SQLException {
    // TODO 4.2: add the views and say that they are added, both or neither
    throw new UnsupportedOperationException("TODO 4.2: results and progress in one transaction");
  }
}
