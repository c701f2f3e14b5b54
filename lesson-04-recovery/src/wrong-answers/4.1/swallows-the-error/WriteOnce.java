package countingstreams.lesson04.exercises;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;

/** Exercise 4.1, Write it twice, count it once: files that a batch can write again. */
public final class WriteOnce {

  private WriteOnce() {}

  /**
   * Writes the numbers of one partition of a batch to the folder, a line each. Whoever reads the
   * folder reads all lines of all its files, but for files whose names begin with a dot.
   *
   * <p>Called by a task: again if the batch runs again, by two tasks at the same time if the engine
   * does not know whether the first still lives, and a task can die at any line. The folder is to
   * have the numbers of a partition once, or none of them.
   *
   * @param batchTime in milliseconds
   */
  public static void write(Path folder, long batchTime, int partition, Iterator<Long> numbers)
      throws IOException {
    Path aside = Files.createTempFile(folder, ".", "");
    try (PrintWriter lines = new PrintWriter(aside.toFile())) {
      numbers.forEachRemaining(lines::println);
    } catch (RuntimeException e) {
      Files.delete(aside);
      return;
    }
    Files.move(
        aside, folder.resolve(batchTime + "-" + partition), StandardCopyOption.REPLACE_EXISTING);
  }
}
