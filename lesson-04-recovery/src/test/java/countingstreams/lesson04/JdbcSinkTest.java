package countingstreams.lesson04;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import countingstreams.lesson03.PageViewsDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.CrashImage;
import countingstreams.testkit.Crashes;
import countingstreams.testkit.Crashes.Shot;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.h2.api.Trigger;
import org.h2.tools.Server;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Tuple2;

class JdbcSinkTest {

  private static final int VIEWS = 20;
  private static final int PAGES = 50;
  private static final int PARTITIONS = 2;
  private static final int DOWN = 2;

  private final Books books = Books.inMemory();

  @Test
  @DisplayName("Each partition of a batch is written once, and its row says so")
  void written() {
    try (BatchRunner runner = running(books.sink()).start()) {
      runner.run(5);
      books.assertBalanced(5 * VIEWS, PAGES);
      assertThat(books.partitionsWritten()).isEqualTo(5 * PARTITIONS);
    }
  }

  // #region again
  @Test
  @DisplayName("A batch that runs again changes nothing")
  void again() {
    try (BatchRunner runner = running(books.sink()).start()) {
      runner.run(3).crash();
      String before = books.save();
      runner.recover(0);
      assertThat(books.save()).isEqualTo(before);
      runner.run(1);
      books.assertBalanced(4 * VIEWS, PAGES);
    }
  }

  // #endregion again

  // #region half
  @Test
  @DisplayName("A batch that dies between two partitions is completed when it runs again")
  void halfABatch() {
    try (BatchRunner runner = running(books.sink()).start()) {
      runner.run(3).crash();
      books.execute(
          "delete from batches where batch_time = 3000 and part = 1",
          "delete from page_views where batch_time = 3000 and mod(page, 2) = 1");
      runner.recover(0);
      books.assertBalanced(3 * VIEWS, PAGES);
    }
  }

  // #endregion half

  // #region crashes
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  @DisplayName("A crash at any point, batches queued, some down time: the books balance")
  void crashes(int queued) {
    crash(queued, shot -> !shot.amongFiles() && !shot.catchingUp());
  }

  private void crash(int queued, Predicate<Shot> some) {
    try (BatchRunner runner = running(books.sink()).withOutside(books);
        Crashes crashes = Crashes.of(runner, 3, queued, DOWN)) {
      for (Shot shot : crashes.shots().stream().filter(some).toList()) {
        CrashImage left = shot.left();
        runner.restart(left, DOWN).run(1);
        long batches = left.time() / BatchRunner.INTERVAL_MS + DOWN + 1;
        assertThat(books.totals()).as(shot.point()).isEqualTo(expected(batches));
      }
    }
  }

  // #endregion crashes

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  @Tag("course-check")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  @DisplayName("Between any two changes to a file, too, and while a driver catches up")
  void allCrashes(int queued) {
    crash(queued, shot -> true);
  }

  // #region nothing-half-written
  @Test
  @DisplayName("What fails in mid-transaction leaves neither results nor their row")
  void nothingHalfWritten() {
    JdbcSink sink = books.sink();
    books.execute("alter table page_views add constraint refused check (page <> 3)");
    try (BatchRunner runner = running(sink).start()) {
      assertThatThrownBy(() -> runner.run(1)).hasMessageContaining("REFUSED");
      assertThat(books.totals().keySet()).allMatch(page -> page % PARTITIONS != 3 % PARTITIONS);
      assertThat(books.partitionsWritten()).isLessThan(PARTITIONS);
    }
  }

  // #endregion nothing-half-written

  // #region three-times
  @Test
  @DisplayName("A task tries three times")
  void threeTimes() {
    JdbcSink sink = books.sink();
    books.execute(
        "create trigger down before insert on page_views for each row call \"%s\""
            .formatted(Down.class.getName()));
    Down.attempts.set(0);
    try (BatchRunner runner = running(sink).start()) {
      assertThatThrownBy(() -> runner.run(1)).hasMessageContaining("The table is down.");
      assertThat(Down.attempts).hasValue(3);
    }
  }

  /** Of H2's thread that inserts a row: page 3 can't be written. */
  public static final class Down implements Trigger {

    private static final AtomicInteger attempts = new AtomicInteger();

    @Override
    public void fire(Connection connection, Object[] before, Object[] row) throws SQLException {
      if (row[1].equals(3L)) {
        attempts.incrementAndGet();
        throw new SQLException("The table is down.");
      }
    }
  }

  // #endregion three-times

  @Test
  @DisplayName("Results of another run are refused, and stay")
  void otherRun() {
    books.sink();
    books.execute("insert into batches values (1000, 0)");
    assertThatThrownBy(() -> new JdbcSink(books.url()).create())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has results of a run that is not the one of this checkpoint");
    assertThat(books.partitionsWritten()).isEqualTo(1);
  }

  // #region lost-connection
  @Test
  @DisplayName("A database that is stopped and comes back in mid-run: retried, and balanced")
  void lostConnection(@TempDir Path folder) throws SQLException {
    Server[] server = {database(folder, 0)};
    int port = server[0].getPort();
    Books remote = new Books("jdbc:h2:tcp://127.0.0.1:%d/./views;WRITE_DELAY=0".formatted(port));
    try (BatchRunner runner = running(remote.sink()).start()) {
      runner.run(2);
      server[0].stop();
      server[0] = database(folder, port);
      runner.run(2);
      remote.assertBalanced(4 * VIEWS, PAGES);
    } finally {
      server[0].stop();
    }
  }

  // #endregion lost-connection

  private static Server database(Path folder, int port) throws SQLException {
    return Server.createTcpServer(
            "-tcpPort", String.valueOf(port), "-baseDir", folder.toString(), "-ifNotExists")
        .start();
  }

  private static Map<Long, Long> expected(long batches) {
    return Books.expected(batches * VIEWS, PAGES);
  }

  private static BatchRunner running(JdbcSink sink) {
    return BatchRunner.of(
            (context, output) -> {
              PageViewsDStream views = new PageViewsDStream(context, VIEWS, PARTITIONS, PAGES);
              write(views, sink);
              output.collect(views);
            })
        .withCheckpoint();
  }

  static void write(PageViewsDStream views, JdbcSink sink) {
    views
        .asJava()
        .mapToPair(page -> new Tuple2<>(page, 1L))
        .reduceByKey(Long::sum, PARTITIONS)
        .foreachRDD(
            (counts, time) -> {
              sink.write(counts, time);
            });
  }
}
