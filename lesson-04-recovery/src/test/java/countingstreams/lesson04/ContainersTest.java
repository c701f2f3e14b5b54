package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.kafka.KafkaServer;
import countingstreams.lesson03.PageViewsDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Crashes;
import countingstreams.testkit.Crashes.Shot;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stream and the sink with Kafka and PostgreSQL themselves, if there is Docker. */
class ContainersTest {

  private static final int VIEWS = 20;
  private static final int PAGES = 50;
  private static final int SINK_PARTITIONS = 2; // as JdbcSinkTest.write has them
  private static final int KAFKA_PARTITIONS = 3;
  private static final int AT_MOST = 30;
  private static final String ABORTED_TRANSACTION = "25P02";

  private static Containers containers;

  private static int tests;

  private String name;
  private Books books;

  /** Two minutes may be too few to get the images. */
  @BeforeAll
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  static void startContainers() throws IOException {
    containers = Containers.start();
    // It asserts that a connection is not lost in mid-batch, and tests run with assertions.
    ClassLoader.getSystemClassLoader()
        .setClassAssertionStatus("org.postgresql.jdbc.BatchResultHandler", false);
  }

  @AfterAll
  static void stopContainers() {
    if (containers != null) {
      containers.close();
    }
  }

  @BeforeEach
  void createDatabase(TestInfo test) {
    name = test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT) + ++tests;
    books = containers.createDatabase(name);
  }

  // #region aborted
  @Test
  @DisplayName("After an insert that has failed, PostgreSQL's transaction is over; H2's is not")
  void abortedTransaction() throws SQLException {
    assertThat(errorAfterRefusedInsert(books.url())).isEqualTo(ABORTED_TRANSACTION);
    assertThat(errorAfterRefusedInsert(Books.inMemory().url())).isEmpty();
  }

  /** Returns the state of the error that comes after a row was refused because it is there. */
  private static String errorAfterRefusedInsert(String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("create table batches (batch_time bigint primary key)");
      statement.execute("insert into batches values (1000)");
      connection.commit();
      assertThatThrownBy(() -> statement.execute("insert into batches values (1000)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23505"));
      try {
        statement.execute("insert into batches values (2000)");
        return "";
      } catch (SQLException e) {
        return e.getSQLState();
      }
    }
  }

  // #endregion aborted

  // #region again
  @Test
  @DisplayName("A batch that runs again changes nothing, and its connections go on")
  void again() {
    try (BatchRunner runner = counting(books.sink()).start()) {
      runner.run(3).crash();
      String before = books.save();
      runner.recover(0);
      assertThat(books.save()).isEqualTo(before);
      runner.run(2);
      books.assertBalanced(5 * VIEWS, PAGES);
    }
  }

  // #endregion again

  @Test
  @DisplayName("What fails in mid-transaction leaves neither results nor their row")
  void nothingHalfWritten() {
    JdbcSink sink = books.sink();
    books.execute("alter table page_views add constraint refused check (page <> 3)");
    try (BatchRunner runner = counting(sink).start()) {
      assertThatThrownBy(() -> runner.run(1)).hasMessageContaining("refused");
      assertThat(books.totals().keySet()).allMatch(page -> page % SINK_PARTITIONS == 0);
      assertThat(books.partitionsWritten()).isLessThan(SINK_PARTITIONS);
    }
  }

  @Test
  @DisplayName("Results of another run are refused, and stay")
  void otherRun() {
    books.sink();
    books.execute("insert into batches values (1000, 0)");
    assertThatThrownBy(() -> new JdbcSink(books.url()).create())
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(books.partitionsWritten()).isEqualTo(1);
  }

  // #region two-attempts
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("Two attempts at a partition at a time: one waits for the other, and one writes")
  void twoAttempts(boolean otherCommits) throws SQLException {
    try (BatchRunner runner = counting(books.sink()).start();
        Connection other = DriverManager.getConnection(books.url())) {
      other.setAutoCommit(false);
      writeAsFirstPartition(other);
      runner.generate(1);
      awaitBackends(1, "wait_event_type = 'Lock'");
      if (otherCommits) {
        other.commit();
      } else {
        other.rollback();
      }
      runner.finish();
      books.assertBalanced(VIEWS, PAGES);
      assertThat(books.partitionsWritten()).isEqualTo(SINK_PARTITIONS);
    }
  }

  /** What a task writes of partition 0 in batch 1, and commits later. */
  private static void writeAsFirstPartition(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        PreparedStatement insert =
            connection.prepareStatement("insert into page_views values (1000, ?, ?)")) {
      statement.execute("insert into batches values (1000, 0)");
      for (Map.Entry<Long, Long> views : Books.expected(VIEWS, PAGES).entrySet()) {
        if (views.getKey() % SINK_PARTITIONS == 0) {
          insert.setLong(1, views.getKey());
          insert.setLong(2, views.getValue());
          insert.executeUpdate();
        }
      }
    }
  }

  // #endregion two-attempts

  // #region connection-lost
  @Test
  @DisplayName("Connections that are cut between two batches: retried, and balanced")
  void cutBetweenBatches() {
    try (BatchRunner runner = counting(books.sink()).start()) {
      runner.run(2);
      assertThat(cutConnections()).isPositive();
      runner.run(2);
      books.assertBalanced(4 * VIEWS, PAGES);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "deferrable initially deferred"})
  @DisplayName(
      "A connection that is cut in mid-transaction, or by its commit: retried, and balanced")
  void cutInTransaction(String when) {
    JdbcSink sink = books.sink();
    books.execute(
        "create sequence inserts", // it counts on when a transaction is rolled back
        """
        create function cut() returns trigger language plpgsql as $$
        begin
          if nextval('inserts') = 1 then
            perform pg_terminate_backend(pg_backend_pid());
          end if;
          return new;
        end $$
        """,
        "create constraint trigger cut after insert on page_views %s for each row execute function cut()"
            .formatted(when));
    try (BatchRunner runner = counting(sink).start()) {
      runner.run(2);
      books.assertBalanced(2 * VIEWS, PAGES);
      assertThat(books.rows("select last_value - (select count(*) from page_views) from inserts"))
          .allMatch(row -> row.get(0) > 0); // some inserts were rolled back
    }
  }

  @Test
  @DisplayName("A connection that is cut after the commit, before the answer: not written again")
  void cutAfterCommit() {
    books.sink();
    JdbcSink waiting = new JdbcSink(books.url() + "&options=-c%20synchronous_commit=on");
    try (BatchRunner runner = counting(waiting).start()) {
      runner.generate(1);
      awaitBackends(SINK_PARTITIONS, "wait_event = 'SyncRep'");
      assertThat(cutConnections()).isGreaterThanOrEqualTo(SINK_PARTITIONS);
      runner.finish();
      books.assertBalanced(VIEWS, PAGES);
    }
  }

  // #endregion connection-lost

  // #region killed
  @Test
  @DisplayName("Both are killed and come back, one batch waits for each: balanced")
  void killed() {
    KafkaServer kafka = containers.kafka();
    kafka.create(name, KAFKA_PARTITIONS);
    try (BatchRunner runner = reading(kafka).start()) {
      kafka.write(name, KAFKA_PARTITIONS, 0, 20);
      runner.run(1);
      containers.killPostgres();
      kafka.write(name, KAFKA_PARTITIONS, 20, 40);
      runner.generate(1);
      containers.startPostgres();
      runner.finish();
      containers.killKafka();
      containers.startKafka();
      kafka.write(name, KAFKA_PARTITIONS, 40, 60);
      runner.run(1);
      books.assertBalanced(60, PAGES);
    }
  }

  // #endregion killed

  // #region crashes
  @Test
  @DisplayName("A crash at any point, some down time: the books balance")
  void crashes() {
    KafkaServer kafka = containers.kafka();
    kafka.create(name, KAFKA_PARTITIONS);
    kafka.write(name, KAFKA_PARTITIONS, 0, 90);
    try (BatchRunner runner = reading(kafka).withOutside(books);
        Crashes crashes = Crashes.of(runner, 1, 0, 1)) {
      for (Shot shot : crashes.shots()) {
        if (shot.amongFiles()) {
          continue; // the files are those of DirectPageViewsDStreamTest
        }
        runner.restart(shot.left(), 1).run(1);
        assertThat(books.totals()).as(shot.point()).isEqualTo(Books.expected(90, PAGES));
      }
    }
  }

  // #endregion crashes

  @Test
  @DisplayName("The app writes each number once, and goes on where it was")
  void app(@TempDir Path folder) {
    KafkaServer kafka = containers.kafka();
    kafka.create(name, KAFKA_PARTITIONS);
    kafka.write(name, KAFKA_PARTITIONS, 0, 100);
    assertThat(runApp(folder, kafka, 2)).isZero();
    long views = books.totals().values().stream().mapToLong(Long::longValue).sum();
    assertThat(views).isGreaterThanOrEqualTo(2 * AT_MOST);
    assertThat(runApp(folder, kafka, 6)).isZero();
    books.assertBalanced(100, PAGES);
  }

  private int runApp(Path folder, KafkaServer kafka, int batches) {
    PrintStream before = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    try {
      return PageViewsSinkApp.commandLine()
          .execute(
              "--checkpoint", folder.resolve("checkpoint").toString(),
              "--interval", "200",
              "--batches", String.valueOf(batches),
              "--numbers", String.valueOf(AT_MOST),
              "--pages", String.valueOf(PAGES),
              "--kafka", kafka.servers(),
              "--topic", name,
              "--jdbc-url", books.url());
    } finally {
      System.setOut(before);
      System.clearProperty("spark.io.compression.codec");
    }
  }

  /** Cuts what others have, and returns how many there were. */
  private int cutConnections() {
    return books
        .rows(
            "select pg_terminate_backend(pid)::int from pg_stat_activity"
                + " where datname = current_database() and pid <> pg_backend_pid()")
        .size();
  }

  /** Waits until so many of the database's connections wait for something. */
  private void awaitBackends(int count, String condition) {
    String query =
        "select pid from pg_stat_activity where datname = current_database() and " + condition;
    while (books.rows(query).size() < count) {
      Thread.onSpinWait();
    }
  }

  private BatchRunner counting(JdbcSink sink) {
    return BatchRunner.of(
            (context, output) ->
                JdbcSinkTest.write(new PageViewsDStream(context, VIEWS, 2, PAGES), sink))
        .withCheckpoint();
  }

  private BatchRunner reading(KafkaServer kafka) {
    KafkaTopic topic = Topics.topic(kafka, name);
    JdbcSink sink = books.sink();
    return BatchRunner.of(
            (context, output) -> {
              DirectPageViewsDStream views =
                  new DirectPageViewsDStream(context, topic, AT_MOST, PAGES);
              JdbcSinkTest.write(views, sink);
              output.collect(views);
            })
        .withCheckpoint();
  }
}
