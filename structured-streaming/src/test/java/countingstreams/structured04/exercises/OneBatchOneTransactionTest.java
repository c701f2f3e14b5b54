package countingstreams.structured04.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.fail;

import countingstreams.structured.Database;
import countingstreams.structured.QueryRunner;
import countingstreams.structured03.PageViewsQuery;
import countingstreams.testkit.Exercise;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

@Exercise(
    id = "S4",
    title = "One batch, one transaction",
    task =
        "Have foreachBatch add each batch to the totals once, however often it runs and wherever it"
            + " dies.",
    solves = OneBatchOneTransaction.class,
    page = "structured-streaming",
    hints = {
      "Spark runs a batch again, with the same id, if it does not know that it is done: so long as"
          + " foreachBatch has not returned, and a little longer. Whether it is in the totals, only"
          + " the database can tell, and only if it can't say anything else than the totals do: when"
          + " does a database let others see several changes at once, or none of them?",
      "connection.setAutoCommit(false) begins it, commit() ends it. See first whether added has the"
          + " id: then there is nothing to do. Whatever happens, roll back what is not committed, let"
          + " the error out, and give the connection back as it was.",
      "setAutoCommit(false); try { select from added where batch_id = ?, and return false if there is"
          + " one; for each page: update totals set views = views + ? where page = ?, and insert the"
          + " page if that has changed no row; insert into added values (?); commit(); return true; }"
          + " finally { rollback(); setAutoCommit(true); }"
    })
class OneBatchOneTransactionTest {

  private static final int NUMBERS = 8;
  private static final int PAGES = 3;

  private static final String DEAD = "The driver has died here.";

  private static final String MORE =
      "There is too much in the totals: a batch twice, or a part of one that has failed. Spark calls"
          + " foreachBatch at least once for each batch: that it is done is written down when"
          + " foreachBatch has returned, and a driver can die before. The batch that runs again has"
          + " the same id, and the same views. Whether the database has them is to be seen from the"
          + " ids in added, which have to come into it in one transaction with the views; what is of"
          + " a transaction that fails has to be rolled back.";
  private static final String FEWER =
      "Something is missing in the totals. A batch whose foreachBatch returns is done for Spark, and"
          + " never runs again. So it may return, or leave a batch out, only if the database has"
          + " committed the batch. That is to be seen from the ids in added, if they come into it in"
          + " one transaction with the views, and not from what a driver remembers.";
  private static final String IDS =
      "The totals are right, and what is said to be in them is not: the next driver goes by that. A"
          + " batch that is added has its id in added, and no other has.";
  private static final String CLOSED =
      "The connection is closed. It belongs to the pool, which gives it to others, and to this one"
          + " again for the next batch. The database says: ";
  private static final String REFUSED =
      "The database has refused a row of added: it has the id. That is what the table is for. The"
          + " batch is in the totals, so there is nothing to do, and nothing wrong: with an error, the"
          + " query would die of this batch each time that it is started. The database says: ";

  private final Database database = Database.inMemory();
  private Connection connection;

  @BeforeEach
  void makeTables() throws SQLException {
    database.execute("create table totals (page bigint primary key, views bigint)");
    database.execute("alter table totals add check (views < 1000)");
    database.execute("create table added (batch_id bigint primary key)");
    connection = DriverManager.getConnection(database.url());
  }

  @AfterEach
  void close() {
    database.execute("shutdown");
  }

  @Test
  void addsEachBatch() throws SQLException {
    assertThat(add(0, 1, 5, 2, 3)).as("What add() returns for the first batch of all").isTrue();
    assertTables("After the first batch of all.", "1:5 2:3", 0);
    assertThat(add(1, 2, 4, 4, 1)).as("What add() returns for the second batch").isTrue();
    assertTables("After two batches, with a page that is in both.", "1:5 2:7 4:1", 0, 1);
    boolean again = add(1, 2, 4, 4, 1);
    assertTables("The second batch has run again.", "1:5 2:7 4:1", 0, 1);
    assertThat(again).as("What add() returns for a batch that is in the totals").isFalse();
    add(2, 1, 1);
    assertTables("And then the third.", "1:6 2:7 4:1", 0, 1, 2);
  }

  /** The process is a new one: what it can know of the batches before is in the database. */
  @Test
  void anotherDriverHasBegun() throws SQLException {
    database.execute("insert into totals values (1, 5)");
    database.execute("insert into added values (0)");
    boolean added = add(0, 1, 5);
    assertTables("A driver added batch 0 and died, and batch 0 runs in a new one.", "1:5", 0);
    assertThat(added).as("What add() returns for what the driver before has added").isFalse();
    add(1, 1, 2);
    assertTables("A driver added batch 0 and died, and a new one adds batch 1.", "1:7", 0, 1);
  }

  @Test
  void theTablesAreYounger() throws SQLException {
    add(7, 1, 5);
    add(7, 1, 5);
    add(8, 1, 1);
    assertTables(
        "The tables are new, and the query is at batch 7: it runs twice, then batch 8.",
        "1:6",
        7,
        8);
  }

  @Test
  void theViewsEndInAnError() throws SQLException {
    add(0, 1, 5);
    Iterator<Tuple2<Long, Long>> first = views(1, 2);
    Iterator<Tuple2<Long, Long>> dying =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Tuple2<Long, Long> next() {
            if (!first.hasNext()) {
              throw new IllegalStateException(DEAD);
            }
            return first.next();
          }
        };
    Throwable thrown = catchThrowable(() -> OneBatchOneTransaction.add(connection, 1, dying));
    assertThat(thrown)
        .as(
            "What add() throws if the views end in an error: for Spark, a batch"
                + " whose foreachBatch returns is done")
        .isNotNull();
    assertTables("The views of batch 1 have ended in an error, after the first page.", "1:5", 0);
    assertUsable();
  }

  @Test
  void theDatabaseRefuses() throws SQLException {
    add(0, 1, 5, 2, 990);
    Throwable thrown = catchThrowable(() -> add(1, 1, 2, 2, 20, 3, 1));
    assertThat(thrown)
        .as("What add() throws if the database has refused the second of three pages")
        .isInstanceOf(SQLException.class);
    assertTables("The database has refused the second of three pages of batch 1.", "1:5 2:990", 0);
    assertUsable();
    add(1, 1, 2);
    assertTables("The database takes it when it runs again.", "1:7 2:990", 0, 1);
  }

  @Test
  void theDriverDiesAnywhere() throws SQLException {
    for (int call = 1; call <= 14; call++) {
      database.execute("delete from totals");
      database.execute("delete from added");
      Connection dying = dying(call, "", () -> {});
      catchThrowable(() -> OneBatchOneTransaction.add(dying, 0, views(1, 5, 2, 3)));
      catchThrowable(dying::close);
      assertThat(text(database.totals("totals")) + " " + ids())
          .as(
              "The driver died just before something that it asked of the connection, number %d"
                  + " since it got it: the totals, and the ids of what is said to be in them. Either"
                  + " both have the batch, or none",
              call)
          .isIn(" []", "1:5 2:3 [0]");
      add(0, 1, 5, 2, 3);
      assertTables(
          "The driver died just before call %d of the connection, and a new one has run the batch."
              .formatted(call),
          "1:5 2:3",
          0);
    }
  }

  /** How a driver dies in a batch. */
  private enum Death {
    NOT("Batch %d has run."),
    BEFORE("The driver died just before it was to add batch %d, and was started again."),
    IN_THE_MIDDLE(
        "The connection was lost in the middle of batch %d. The query had to die of it, and was"
            + " started again."),
    IN_THE_COMMIT(
        "The database has committed batch %d, and the connection was lost before it could say so."
            + " The query had to die of it, and was started again."),
    AFTER(
        "The driver died after it had added batch %d, and before Spark wrote down that it is done.");

    private final String text;

    Death(String text) {
      this.text = text;
    }
  }

  /** A real query, with Spark's own ids. Each batch but the first runs into another death. */
  @Test
  void aQueryDies() throws Exception {
    Batches batches = new Batches();
    try (SparkSession spark = QueryRunner.session();
        QueryRunner<Long> runner =
            QueryRunner.start(OutputMode.Append(), () -> pageViews(spark), batches)) {
      assertTotals(batches);
      for (Death death : EnumSet.range(Death.BEFORE, Death.AFTER)) {
        batches.next(death);
        if (death == Death.AFTER) {
          runner.crash().restart();
        } else {
          try {
            runner.run(1);
          } catch (StreamingQueryException e) {
            if (!batches.died) {
              throw e;
            }
            runner.restart();
          }
        }
        assertTotals(batches);
      }
    } catch (StreamingQueryException e) {
      throw ExceptionUtils.getRootCause(e) instanceof SQLException refused ? told(refused) : e;
    }
  }

  /** What the query calls for each batch, until the driver dies. */
  private final class Batches implements QueryRunner.Output<Long> {

    private Death death = Death.NOT;
    private boolean died;
    private long id;

    void next(Death newDeath) {
      death = newDeath;
      died = false;
    }

    @Override
    public void accept(Dataset<Long> batch, long batchId) throws SQLException {
      id = batchId;
      Iterator<Tuple2<Long, Long>> views =
          batch
              .groupBy("value")
              .count()
              .as(Encoders.tuple(Encoders.LONG(), Encoders.LONG()))
              .toLocalIterator();
      OneBatchOneTransaction.add(died ? connection : connection(), batchId, views);
    }

    private Connection connection() throws SQLException {
      switch (death) {
        case BEFORE:
          died = true;
          throw new SQLException(DEAD);
        case IN_THE_MIDDLE:
          return dying(4, "", () -> died = true);
        case IN_THE_COMMIT:
          return dying(0, "commit", () -> died = true);
        default:
          return connection;
      }
    }
  }

  private static Dataset<Long> pageViews(SparkSession spark) {
    Dataset<Long> numbers =
        spark
            .readStream()
            .format("rate-micro-batch")
            .option("rowsPerBatch", NUMBERS)
            .option("numPartitions", 1)
            .load()
            .select("value")
            .as(Encoders.LONG());
    return PageViewsQuery.pageViews(numbers, PAGES);
  }

  private void assertTotals(Batches batches) throws SQLException {
    assertTables(
        batches.death.text.formatted(batches.id) + " All batches up to it are in the totals, once.",
        text(Database.expected((batches.id + 1) * NUMBERS, PAGES)),
        LongStream.rangeClosed(0, batches.id).toArray());
  }

  /** The connection is as it was, and has no transaction that is still open. */
  private void assertUsable() throws SQLException {
    if (connection.isClosed()) {
      fail(CLOSED + "it is closed.");
    }
    assertThat(connection.getAutoCommit())
        .as(
            "Whether the connection commits each statement by itself, as the pool has given it and"
                + " has to get it back")
        .isTrue();
  }

  /**
   * Returns a connection of a driver that dies: the database then rolls back what is not committed.
   *
   * @param call before which call of the connection it dies, 1 for the first
   * @param method after which method it dies: the database has done it
   * @param died is told
   */
  private Connection dying(int call, String method, Runnable died) throws SQLException {
    Connection real = DriverManager.getConnection(database.url());
    int[] calls = {0};
    InvocationHandler handler =
        (proxy, called, arguments) -> {
          if (++calls[0] == call || real.isClosed()) {
            real.close();
            died.run();
            throw new SQLException(DEAD, "08006");
          }
          try {
            return called.invoke(real, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          } finally {
            if (called.getName().equals(method)) {
              real.close();
            }
          }
        };
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Connection.class}, handler);
  }

  private boolean add(long batchId, long... pagesAndViews) throws SQLException {
    try {
      return OneBatchOneTransaction.add(connection, batchId, views(pagesAndViews));
    } catch (SQLException e) {
      throw told(e);
    }
  }

  /** Says what is behind an error that comes out. */
  private SQLException told(SQLException e) throws SQLException {
    if (connection.isClosed()) {
      throw new AssertionError(CLOSED + e.getMessage(), e);
    }
    if ("23505".equals(e.getSQLState())) {
      throw new AssertionError(REFUSED + e.getMessage(), e);
    }
    return e;
  }

  private void assertTables(String what, String totals, long... ids) throws SQLException {
    String found = text(database.totals("totals"));
    if (!found.equals(totals)) {
      fail(
          "%s The totals, page:views, have to be%n  %s%nand are%n  %s%n%n%s",
          what, totals, found, sum(found) > sum(totals) ? MORE : FEWER);
    }
    assertThat(ids()).as("%s %s The ids in added", what, IDS).isEqualTo(Arrays.toString(ids));
  }

  private static String text(Map<Long, Long> totals) {
    return totals.entrySet().stream()
        .map(page -> page.getKey() + ":" + page.getValue())
        .collect(Collectors.joining(" "));
  }

  private static long sum(String totals) {
    return Arrays.stream(totals.split(" "))
        .filter(page -> !page.isEmpty())
        .mapToLong(page -> Long.parseLong(page.split(":")[1]))
        .sum();
  }

  /** On a connection of its own, which sees what is committed. */
  private String ids() throws SQLException {
    List<Long> ids = new ArrayList<>();
    try (Connection other = DriverManager.getConnection(database.url());
        Statement statement = other.createStatement();
        ResultSet results =
            statement.executeQuery("select batch_id from added order by batch_id")) {
      while (results.next()) {
        ids.add(results.getLong(1));
      }
    }
    return ids.toString();
  }

  private static Iterator<Tuple2<Long, Long>> views(long... pagesAndViews) {
    List<Tuple2<Long, Long>> views = new ArrayList<>();
    for (int i = 0; i < pagesAndViews.length; i += 2) {
      views.add(new Tuple2<>(pagesAndViews[i], pagesAndViews[i + 1]));
    }
    return views.iterator();
  }
}
