package countingstreams.lesson04.exercises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import countingstreams.lesson02.CheckpointedCountingDStream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.TaskContext;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Exercise(
    id = "4.1",
    title = "Write it twice, count it once",
    task = "Write the numbers of a partition so that they count once, however often that is done.",
    solves = WriteOnce.class,
    page = "lesson-04-recovery",
    hints = {
      "What is the same each time a partition of a batch is written, and different for any two"
          + " partitions? What does the file system do with a second file of the same name?",
      "A task that dies leaves what it has written so far. So the name that counts must not be there"
          + " before the last line is. And two tasks at a time must not write to one file.",
      "Write to a file whose name begins with a dot, a new one each time: Files.createTempFile(folder,"
          + " \".\", \"\"). Close it. Then rename it to batchTime + \"-\" + partition, with"
          + " Files.move and ATOMIC_MOVE, which replaces one that is there on Linux and macOS."
    })
class WriteOnceTest {

  private static final int NUMBERS = 6;
  private static final int PARTITIONS = 3;

  @TempDir private Path folder;

  @Test
  void aBatchThatRunsAgain() {
    String to = folder.toString();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    write(
                        new CheckpointedCountingDStream(context, NUMBERS, PARTITIONS).asJava(), to))
            .withCheckpoint()
            .start()) {
      runner.run(2).crash();
      assertNumbers(LongStream.range(0, 2 * NUMBERS), "Two batches have run, none of them twice.");
      runner.recover(2);
      assertNumbers(
          LongStream.range(0, 4 * NUMBERS),
          "The driver was killed after batch 2: the one after it has run batch 2 once more, then 3"
              + " and 4.");
    } catch (Exception e) {
      throw ExceptionUtils.asRuntimeException(e);
    }
  }

  @Test
  void aTaskThatDies() throws IOException {
    WriteOnce.write(folder, 1000, 0, numbers(0, 1));
    Throwable thrown =
        catchThrowable(() -> WriteOnce.write(folder, 1000, 1, dyingAfter(3, numbers(2, 3, 4, 5))));
    assertThat(thrown)
        .as("What write() throws if the numbers end in an error: the task has to fail, too")
        .isNotNull();
    assertNumbers(
        LongStream.of(0, 1),
        "A task has died after it wrote 2, 3 and 4 of partition 1. What it has written must not"
            + " count: nobody knows whether the batch will run again before someone reads.");
    WriteOnce.write(folder, 1000, 1, numbers(2, 3, 4, 5));
    assertNumbers(LongStream.range(0, 6), "After a task that died, another one has written all.");
  }

  @Test
  void twoTasksAtATime() throws IOException {
    Iterator<Long> slow =
        during(2, numbers(0, 1, 2, 3), () -> WriteOnce.write(folder, 1000, 0, numbers(0, 1, 2, 3)));
    WriteOnce.write(folder, 1000, 0, slow);
    assertNumbers(
        LongStream.range(0, 4),
        "While a task was writing, a second one has written the same partition, from beginning to"
            + " end.");
  }

  @Test
  void aSecondTaskThatDies() throws IOException {
    Iterator<Long> slow =
        during(
            2,
            numbers(0, 1, 2, 3),
            () ->
                catchThrowable(
                    () -> WriteOnce.write(folder, 1000, 0, dyingAfter(1, numbers(0, 1, 2, 3)))));
    WriteOnce.write(folder, 1000, 0, slow);
    assertNumbers(
        LongStream.range(0, 4),
        "While a task was writing, a second one has begun with the same partition, and died.");
  }

  @Test
  void whileItIsWritten() throws IOException {
    List<List<Long>> seen = new ArrayList<>();
    WriteOnce.write(folder, 1000, 0, during(2, numbers(0, 1, 2, 3), () -> seen.add(read())));
    assertThat(seen)
        .as(
            "What a reader has found while the third of four numbers was written: numbers that count"
                + " before all of them are there")
        .containsExactly(List.of());
    assertNumbers(LongStream.range(0, 4), "One task has written one partition.");
  }

  @Test
  void batchesAndPartitionsOfAllKinds() throws IOException {
    long next = 0;
    for (long batchTime : new long[] {1000, 2000, 10_000, 20_001}) {
      for (int partition : new int[] {0, 1, 2, 10, 12, 100}) {
        WriteOnce.write(folder, batchTime, partition, numbers(next++));
      }
    }
    WriteOnce.write(folder, 1000, 11, numbers(next++));
    WriteOnce.write(folder, 10_001, 1, numbers(next++));
    assertNumbers(
        LongStream.range(0, next),
        "Each number is of another batch or partition: among them partition 11 of batch time 1000,"
            + " and partition 1 of 10001.");
  }

  /** Static: the function must not hold the test. */
  private static void write(JavaDStream<Long> numbers, String folder) {
    numbers.foreachRDD(
        (batch, time) ->
            batch.foreachPartition(
                partition ->
                    WriteOnce.write(
                        Path.of(folder),
                        time.milliseconds(),
                        TaskContext.getPartitionId(),
                        partition)));
  }

  private void assertNumbers(LongStream expected, String what) {
    List<Long> wanted = expected.boxed().toList();
    List<Long> found = read();
    List<Long> twice =
        found.stream().filter(n -> Collections.frequency(found, n) > 1).distinct().toList();
    List<Long> missing = wanted.stream().filter(n -> !found.contains(n)).toList();
    List<Long> tooMuch = found.stream().filter(n -> !wanted.contains(n)).distinct().toList();
    assertThat(twice).as(what + " Numbers that the folder has more than once").isEmpty();
    assertThat(missing).as(what + " Numbers that are missing").isEmpty();
    assertThat(tooMuch).as(what + " Numbers that must not be there").isEmpty();
  }

  /** Reads as the exercise says that it is read. */
  private List<Long> read() {
    List<Long> numbers = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.isRegularFile(file) && !file.getFileName().toString().startsWith(".")) {
          Files.readAllLines(file).forEach(line -> numbers.add(Long.valueOf(line)));
        }
      }
    } catch (IOException e) {
      throw new AssertionError("The folder can't be read: " + e, e);
    } catch (NumberFormatException e) {
      throw new AssertionError("A line of a file is not a number: " + e.getMessage(), e);
    }
    return numbers.stream().sorted().toList();
  }

  private static Iterator<Long> numbers(long... numbers) {
    return LongStream.of(numbers).iterator();
  }

  private static Iterator<Long> dyingAfter(int count, Iterator<Long> numbers) {
    return during(
        count,
        numbers,
        () -> {
          throw new IllegalStateException("The task has died.");
        });
  }

  private interface Event {
    void happen() throws IOException;
  }

  /** Has something happen just before the number after so many is given. */
  private static Iterator<Long> during(int count, Iterator<Long> numbers, Event event) {
    return new Iterator<>() {
      private int given;

      @Override
      public boolean hasNext() {
        return numbers.hasNext();
      }

      @Override
      public Long next() {
        if (given++ == count) {
          try {
            event.happen();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        }
        return numbers.next();
      }
    };
  }
}
