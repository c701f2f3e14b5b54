package countingstreams.lesson02;

import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.streaming.Checkpoint;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The files of a checkpoint directory, the newest first, which is the order in which Spark tries
 * them. It takes the first that it can read, and says what it has skipped to its log only. This
 * class reads them the same way to say it to the user, and deletes nothing.
 *
 * @param newestFirst the names of the files
 * @param problems why the first of them can't be read
 * @param readable whether Spark comes to one that it can read
 */
record CheckpointFiles(
    Path directory, List<String> newestFirst, List<String> problems, boolean readable) {

  private static final String OTHER_CODE = "written by other code than this app's";

  /**
   * Reads the directory, until a file can be read. There is none if the directory is new.
   *
   * @throws IllegalArgumentException if the directory can't be written, or isn't one
   */
  static CheckpointFiles in(Path directory) {
    List<String> names = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    boolean readable = false;
    try {
      Files.createDirectories(directory);
      Files.delete(Files.createTempFile(directory, "writable", null));
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(directory.toUri());
      FileSystem files = path.getFileSystem(SparkHadoopUtil.get().conf());
      List<org.apache.hadoop.fs.Path> all =
          new ArrayList<>(
              CollectionConverters.asJava(
                  Checkpoint.getCheckpointFiles(path.toString(), scala.Option.apply(files))));
      Collections.reverse(all);
      all.forEach(file -> names.add(file.getName()));
      for (org.apache.hadoop.fs.Path file : all) {
        Throwable problem = problemOf(file, files);
        readable = problem == null;
        if (!readable) {
          problems.add(said(problem));
        }
        if (!(problem instanceof Exception)) {
          break; // It can be read, or Spark gives up: it does not go on after an Error.
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "nothing can be written to --checkpoint %s (%s): name a folder of yours"
              .formatted(directory, Files.isRegularFile(directory) ? "it is a file" : e.toString()),
          e);
    }
    return new CheckpointFiles(directory, names, problems, readable);
  }

  /** Returns whether the newest file is not damaged, but tells of classes that are not here. */
  boolean ofOtherCode() {
    return problems.get(0).startsWith(OTHER_CODE);
  }

  boolean isEmpty() {
    return newestFirst.isEmpty();
  }

  /** Returns a line for each file that Spark will skip. */
  List<String> skipped() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < problems.size(); i++) {
      lines.add("Skipped %s: %s.".formatted(newestFirst.get(i), problems.get(i)));
    }
    return lines;
  }

  private static Throwable problemOf(org.apache.hadoop.fs.Path file, FileSystem files) {
    try (InputStream input = files.open(file)) {
      Checkpoint.deserialize(input, new SparkConf());
      return null;
    } catch (Throwable e) { // damage can ask for more memory than there is, or for any class
      return e;
    }
  }

  private static String said(Throwable problem) {
    Throwable root = ExceptionUtils.getRootCause(problem);
    boolean otherCode =
        root instanceof ReflectiveOperationException
            || root instanceof LinkageError
            || root instanceof InvalidClassException
            || root instanceof IllegalArgumentException
            || root instanceof ClassCastException;
    return ((otherCode ? OTHER_CODE : "damaged") + " (%s)")
        .formatted(ExceptionUtils.getRootCauseMessage(problem).lines().findFirst().orElse(""));
  }
}
