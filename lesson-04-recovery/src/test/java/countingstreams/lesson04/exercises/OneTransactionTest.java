package countingstreams.lesson04.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.testkit.Exercise;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "4.2",
    title = "Results and progress in one transaction",
    task = "Add the views of a partition to the totals once, however often and wherever it fails.",
    solves = OneTransaction.class,
    page = "lesson-04-recovery",
    hints = {
      "A total does not tell which batches are in it. The table that does is worth something only if"
          + " it can't say anything else than the totals: when does a database let others see several"
          + " changes at once, or none of them?",
      "connection.setAutoCommit(false) begins it, commit() ends it. Insert the row into added first:"
          + " if it is refused with state 23505, the views are there. Whatever happens, roll back what"
          + " is not committed, and give the connection back as it was.",
      "try { insert into added …; for each page: update totals set views = views + ? where page = ?,"
          + " and insert the page if that has changed no row; connection.commit(); } finally {"
          + " connection.rollback(); connection.setAutoCommit(true); }"
    })
class OneTransactionTest {

  private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
  private Connection connection;

  @BeforeEach
  void makeTables() throws SQLException {
    connection = DriverManager.getConnection(url);
    execute("create table totals (page bigint primary key, views bigint, check (views < 1000))");
    execute("create table added (batch_time bigint, part int, primary key (batch_time, part))");
  }

  @AfterEach
  void close() throws SQLException {
    execute("shutdown");
  }

  @Test
  void adds() throws SQLException {
    assertThat(OneTransaction.add(connection, 1000, 0, views(1, 5, 2, 3)))
        .as("What add() returns for the first partition of all")
        .isTrue();
    OneTransaction.add(connection, 1000, 1, views(7, 2));
    OneTransaction.add(connection, 2000, 0, views(2, 4, 4, 1));
    assertTables(
        "After three partitions of two batches, with a page that is in both.",
        "1:5 2:7 4:1 7:2",
        "1000/0 1000/1 2000/0");
  }

  @Test
  void addsOnce() throws SQLException {
    OneTransaction.add(connection, 1000, 0, views(1, 5));
    OneTransaction.add(connection, 2000, 0, views(1, 2));
    boolean again = OneTransaction.add(connection, 2000, 0, views(1, 2));
    assertTables(
        "The driver was killed after batch 2, and the batch has run again.",
        "1:7",
        "1000/0 2000/0");
    assertThat(again).as("What add() returns for a partition that is in the totals").isFalse();
    OneTransaction.add(connection, 3000, 0, views(1, 1));
    assertTables("And then batch 3.", "1:8", "1000/0 2000/0 3000/0");
  }

  @Test
  void theTaskDies() throws SQLException {
    OneTransaction.add(connection, 1000, 0, views(1, 5));
    Iterator<Tuple2<Long, Long>> dying =
        new Iterator<>() {
          private int left = 1;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Tuple2<Long, Long> next() {
            if (left-- == 0) {
              throw new IllegalStateException("The task has died.");
            }
            return new Tuple2<>(1L, 2L);
          }
        };
    Throwable thrown = catchThrowable(() -> OneTransaction.add(connection, 2000, 0, dying));
    assertThat(thrown)
        .as("What add() throws if the views end in an error: the task has to fail, too")
        .isNotNull();
    assertTables("A task has died after the first of its pages.", "1:5", "1000/0");
    assertUsable();
  }

  @Test
  void theDatabaseRefuses() throws SQLException {
    OneTransaction.add(connection, 1000, 0, views(1, 5, 2, 990));
    Throwable thrown =
        catchThrowable(() -> OneTransaction.add(connection, 2000, 0, views(1, 2, 2, 20, 3, 1)));
    assertThat(thrown)
        .as("What add() throws if the database has refused the second of three pages")
        .isInstanceOf(SQLException.class);
    assertTables("The database has refused the second of three pages.", "1:5 2:990", "1000/0");
    assertUsable();
  }

  @Test
  void theDriverIsKilled() throws SQLException {
    for (int statement = 1; statement <= 12; statement++) {
      execute("delete from totals", "delete from added");
      kill(statement);
      String totals = totals();
      String added = added();
      assertThat(totals + " " + added)
          .as(
              "Killed just before something that it tells the database, number %d since it got the"
                  + " connection: the totals, and what is said to be in them. Either both have the"
                  + " partition, or none",
              statement)
          .isIn(" ", "1:5 2:3 1000/0");
      OneTransaction.add(connection, 1000, 0, views(1, 5, 2, 3));
      assertTables(
          "Killed just before statement %d, and run again.".formatted(statement),
          "1:5 2:3",
          "1000/0");
    }
  }

  @Test
  void twoTasksAtATime() throws SQLException {
    List<Throwable> second = new ArrayList<>();
    Iterator<Tuple2<Long, Long>> pages = views(1, 5, 2, 3);
    Iterator<Tuple2<Long, Long>> slow =
        new Iterator<>() {
          private int given;

          @Override
          public boolean hasNext() {
            return pages.hasNext();
          }

          @Override
          public Tuple2<Long, Long> next() {
            if (given++ == 1) {
              second.add(catchThrowable(() -> onAnotherConnection()));
            }
            return pages.next();
          }
        };
    catchThrowable(() -> OneTransaction.add(connection, 1000, 0, slow));
    OneTransaction.add(connection, 1000, 0, views(1, 5, 2, 3));
    assertTables(
        "Two tasks have written the same partition at the same time, and as it was not clear whether"
            + " one of them was done, a third one after them.",
        "1:5 2:3",
        "1000/0");
  }

  private boolean onAnotherConnection() throws SQLException {
    try (Connection other = DriverManager.getConnection(url + ";LOCK_TIMEOUT=100")) {
      return OneTransaction.add(other, 1000, 0, views(1, 5, 2, 3));
    }
  }

  /** The connection is as it was, and has no transaction that is still open. */
  private void assertUsable() throws SQLException {
    assertThat(connection.isClosed())
        .as("Whether the connection is closed: it belongs to the pool, which gives it to others")
        .isFalse();
    assertThat(connection.getAutoCommit())
        .as(
            "Whether the connection commits each statement by itself, as the pool has given it and"
                + " has to get it back")
        .isTrue();
    execute("insert into totals values (99, 9)");
    try (Connection other = DriverManager.getConnection(url)) {
      assertThat(rows(other, "select page from totals where page = 99"))
          .as("What another connection sees of what the next user of this one has written")
          .containsExactly("99");
    }
    execute("delete from totals where page = 99");
  }

  /**
   * The process ends just before it tells the database something for the nth time: the database
   * then rolls back what is not committed.
   */
  private void kill(int statement) throws SQLException {
    try (Connection real = DriverManager.getConnection(url)) {
      int[] told = {0};
      Connection dying =
          (Connection)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {Connection.class},
                  (proxy, method, arguments) -> {
                    if (++told[0] >= statement) {
                      throw new SQLException("The process is dead.", "08006");
                    }
                    try {
                      return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  });
      catchThrowable(() -> OneTransaction.add(dying, 1000, 0, views(1, 5, 2, 3)));
    }
  }

  private void assertTables(String what, String totals, String added) throws SQLException {
    assertThat(totals()).as(what + " The totals, page:views").isEqualTo(totals);
    assertThat(added())
        .as(what + " What is said to be in the totals, batch time/partition")
        .isEqualTo(added);
  }

  private String totals() throws SQLException {
    return fromOutside("select page || ':' || views from totals order by page");
  }

  private String added() throws SQLException {
    return fromOutside("select batch_time || '/' || part from added order by batch_time, part");
  }

  /** On a connection of its own, which sees what is committed. */
  private String fromOutside(String query) throws SQLException {
    try (Connection other = DriverManager.getConnection(url)) {
      return String.join(" ", rows(other, query));
    }
  }

  private static List<String> rows(Connection connection, String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet results = statement.executeQuery(query)) {
      while (results.next()) {
        rows.add(results.getString(1));
      }
    }
    return rows;
  }

  private void execute(String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static Iterator<Tuple2<Long, Long>> views(long... pagesAndViews) {
    List<Tuple2<Long, Long>> views = new ArrayList<>();
    for (int i = 0; i < pagesAndViews.length; i += 2) {
      views.add(new Tuple2<>(pagesAndViews[i], pagesAndViews[i + 1]));
    }
    return views.iterator();
  }
}
