package countingstreams.lesson04;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.streaming.Time;
import scala.Tuple2;

/**
 * A database that gets the views of each batch exactly once, however often the batch runs: with the
 * results of a partition goes a row that says they are there, in the same transaction.
 *
 * <p>Part of the checkpoint, so it holds no connection: each JVM has a pool.
 *
 * @param url the database's JDBC URL, with user and password, if it needs them: they become part of
 *     the checkpoint
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public record JdbcSink(String url) implements Serializable {

  private static final int ATTEMPTS = 3;
  private static final int CONNECTIONS = 4;

  /** As PostgreSQL and H2 say; others may say 23000. */
  private static final String UNIQUE_VIOLATION = "23505";

  private static final Map<String, HikariDataSource> POOLS = new ConcurrentHashMap<>();

  /**
   * Makes the tables, if they are not there. Called on the driver, before the first batch.
   *
   * @throws SQLException if the database can't be reached
   * @throws IllegalArgumentException if there are results of another run: they would count, too
   */
  public void create() throws SQLException {
    try (Connection connection = pool(url).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "create table if not exists batches"
              + " (batch_time bigint, part int, primary key (batch_time, part))");
      statement.execute(
          "create table if not exists page_views"
              + " (batch_time bigint, page bigint, views bigint, primary key (batch_time, page))");
      connection.commit();
      try (ResultSet batches = statement.executeQuery("select count(*) from batches")) {
        batches.next();
        if (batches.getLong(1) > 0) {
          throw new IllegalArgumentException(
              "%s has results of a run that is not the one of this checkpoint. Nothing was changed: bring back its checkpoint, or name another --jdbc-url"
                  .formatted(withoutPassword(url)));
        }
      }
    }
  }

  /**
   * The same for an app, whose user is told why it is not possible.
   *
   * @throws IllegalArgumentException with a message of one line, without a password
   */
  public void createOrExplain() {
    try {
      create();
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (SQLException | RuntimeException e) { // the pool throws both
      throw new IllegalArgumentException(
          withoutPassword("can't use --jdbc-url %s (%s)".formatted(url, e.getMessage())), e);
    }
  }

  /** Returns a message that may have the URL in it as it can be shown. */
  static String withoutPassword(String message) {
    return message.replaceAll("(?i)(password=)[^;&\\s]*", "$1***");
  }

  // #region write
  /**
   * Writes the views of a batch. Called on the driver, by the batch's job; runs a Spark job.
   *
   * @param views pages with their views in this batch, each page once
   * @return how many partitions were written; the others were there already
   */
  public long write(JavaPairRDD<Long, Long> views, Time batchTime) {
    return write(views, batchTime.milliseconds());
  }

  /**
   * The same for an engine whose batches are not known by their time.
   *
   * @param batch what the batch is known by: the same each time it runs
   */
  public long write(JavaPairRDD<Long, Long> views, long batch) {
    return write(url, views, batch);
  }

  /** Static: the function that goes to executors holds what it needs, and nothing else. */
  private static long write(String url, JavaPairRDD<Long, Long> views, long batchTime) {
    return views
        .mapPartitions(
            pages ->
                List.of(writeOrRetry(url, batchTime, TaskContext.getPartitionId(), pages))
                    .iterator())
        .filter(written -> written)
        .count();
  }

  // #endregion write

  /** Called by a task. A connection can be lost; the transaction is then as if it had not begun. */
  static boolean writeOrRetry(
      String url, long batchTime, int partition, Iterator<Tuple2<Long, Long>> pages)
      throws SQLException {
    List<Tuple2<Long, Long>> views = new ArrayList<>();
    pages.forEachRemaining(views::add);
    for (int attempt = 1; ; attempt++) {
      try {
        return write(url, batchTime, partition, views);
      } catch (SQLException e) {
        if (attempt == ATTEMPTS) {
          throw e; // The task fails.
        }
        pool(url).getHikariPoolMXBean().softEvictConnections(); // All may be lost, not only this.
      }
    }
  }

  // #region transaction
  /**
   * Writes the views of a partition, unless they are there. If this throws, nothing is written; or
   * all is, if the connection was lost while it was told to commit: the next attempt finds out.
   */
  private static boolean write(
      String url, long batchTime, int partition, List<Tuple2<Long, Long>> views)
      throws SQLException {
    try (Connection connection = pool(url).getConnection()) { // Closed uncommitted: rolled back.
      if (!insertBatch(connection, batchTime, partition)) {
        return false;
      }
      insertViews(connection, batchTime, views);
      connection.commit();
      return true;
    }
  }

  private static boolean insertBatch(Connection connection, long batchTime, int partition)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into batches values (?, ?)")) {
      insert.setLong(1, batchTime);
      insert.setInt(2, partition);
      insert.executeUpdate();
      return true;
    } catch (SQLException e) {
      if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  // #endregion transaction

  private static void insertViews(
      Connection connection, long batchTime, List<Tuple2<Long, Long>> views) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("insert into page_views values (?, ?, ?)")) {
      for (Tuple2<Long, Long> page : views) {
        insert.setLong(1, batchTime);
        insert.setLong(2, page._1());
        insert.setLong(3, page._2());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** The pool waits for a database that does not answer, and throws away connections that broke. */
  private static HikariDataSource pool(String url) {
    return POOLS.computeIfAbsent(
        url,
        key -> {
          HikariConfig config = new HikariConfig();
          config.setJdbcUrl(url);
          config.setAutoCommit(false);
          config.setMaximumPoolSize(CONNECTIONS);
          config.setInitializationFailTimeout(-1); // the first connection waits as any other
          return new HikariDataSource(config);
        });
  }
}
