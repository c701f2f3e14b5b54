package countingstreams.benchmarks.engines;

import java.nio.file.Path;
import java.util.List;

/**
 * What each engine is asked to do: to count the records of a topic by key, and to write each new
 * count to another topic, as key and count. A program of ours gets it as system properties.
 *
 * @param servers Kafka's bootstrap servers
 * @param input the topic to read, from its beginning: keys are pages, values numbers, both 8 bytes
 * @param output the topic to write: keys are pages, values counts, both 8 bytes
 * @param folder for what has to survive a crash
 * @param pages how many pages there are
 * @param intervalMs milliseconds between batches, commits or checkpoints; {@link #DEFAULT} for what
 *     the engine has by itself
 * @param exactlyOnce whether results are written in transactions, if the engine has them
 * @param atMost records of a batch, if the engine has batches
 */
record CountJob(
    String servers,
    String input,
    String output,
    Path folder,
    int pages,
    long intervalMs,
    boolean exactlyOnce,
    int atMost) {

  static final long DEFAULT = -1;

  /** Tasks that read, and tasks that count; and of both topics the partitions. */
  static final int PARTITIONS = 2;

  /** Returns the job that this JVM was started for. */
  static CountJob ofThisProcess() {
    return new CountJob(
        System.getProperty("servers"),
        System.getProperty("input"),
        System.getProperty("output"),
        Path.of(System.getProperty("folder")),
        Integer.getInteger("pages"),
        Long.getLong("intervalMs"),
        Boolean.getBoolean("exactlyOnce"),
        Integer.getInteger("atMost"));
  }

  /** Returns the flags of a JVM that is started for this job. */
  List<String> flags() {
    return List.of(
        "-Dservers=" + servers,
        "-Dinput=" + input,
        "-Doutput=" + output,
        "-Dfolder=" + folder,
        "-Dpages=" + pages,
        "-DintervalMs=" + intervalMs,
        "-DexactlyOnce=" + exactlyOnce,
        "-DatMost=" + atMost);
  }

  /** Returns a folder in the job's folder, as a URI. */
  String directory(String name) {
    return folder.resolve(name).toUri().toString();
  }
}
