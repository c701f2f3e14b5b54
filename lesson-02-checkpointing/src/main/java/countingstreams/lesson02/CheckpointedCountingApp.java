package countingstreams.lesson02;

import countingstreams.lesson01.CountingApp;
import countingstreams.lesson01.CountingDStream;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.dstream.InputDStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The driver program: counts, and goes on where it was when it is killed and started again. */
@Command(
    name = "CheckpointedCountingApp",
    description = "Counts, and goes on where it was when it is killed and started again.")
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class CheckpointedCountingApp extends CountingApp {

  private static final String SETTING = "spark.countingstreams.";
  private static final String CODEC = "spark.io.compression.codec";
  private static final String LZ4 = "lz4";

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      defaultValue = "target/checkpoint",
      description = "Folder of the checkpoint (default: ${DEFAULT-VALUE}).")
  private Path checkpoint;

  @Spec private CommandSpec command;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return commandLine(new CheckpointedCountingApp());
  }

  // #region driver
  @Override
  public Integer call() throws InterruptedException {
    guardAgainstDamage();
    CheckpointFiles files = usable(CheckpointFiles.in(checkpoint.toAbsolutePath().normalize()));
    String directory = files.directory().toUri().toString();
    try (JavaStreamingContext context =
        JavaStreamingContext.getOrCreate(directory, () -> create(directory))) {
      if (files.isEmpty()) {
        System.out.println("No checkpoint in " + checkpoint + " yet: starts with batch 1.");
      } else {
        refuseIfNotOurs(context);
        context.checkpoint(directory); // in the checkpoint is the place where it was written
        Recovery recovery = Recovery.of(context.ssc(), System.currentTimeMillis());
        System.out.println("Recovered from " + checkpoint + ": " + recovery);
        files.skipped().forEach(System.out::println);
      }
      run(context, streamOf(context));
    }
    return 0;
  }

  /** Makes the context and the whole graph. Not called if they come from a checkpoint. */
  private JavaStreamingContext create(String directory) {
    SparkConf conf = configuration(System.getenv()).setAppName(command.name());
    frozen().forEach(option -> conf.set(SETTING + option, valueOf(option)));
    JavaStreamingContext context = new JavaStreamingContext(conf, Durations.milliseconds(interval));
    context.checkpoint(directory);
    define(context);
    return context;
  }

  /** Adds the streams and the outputs. Called once in the life of a checkpoint. */
  protected void define(JavaStreamingContext context) {
    CountingDStream stream = new CheckpointedCountingDStream(context.ssc(), numbers, partitions);
    // The function becomes part of the checkpoint. It holds the stream, and nothing of this app.
    stream
        .asJava()
        .foreachRDD(
            (batch, time) ->
                CountingApp.lines(stream.batchNumber(time), batch).forEach(System.out::println));
  }

  // #endregion driver

  /** Returns the options that are in the checkpoint, and stay what they were. */
  protected List<String> frozen() {
    return List.of("--interval", "--numbers", "--partitions");
  }

  private static CountingDStream streamOf(JavaStreamingContext context) {
    InputDStream<?>[] streams = context.ssc().graph().getInputStreams();
    return streams.length == 1 && streams[0] instanceof CheckpointedCountingDStream stream
        ? stream
        : null;
  }

  /**
   * Sees to it that a damaged file is found out. A system property, because getOrCreate reads with
   * a configuration of its own, which knows nothing else.
   */
  private static void guardAgainstDamage() {
    String codec = System.getProperty(CODEC, LZ4);
    if (!List.of(LZ4, SafeLz4Codec.class.getName()).contains(codec)) {
      throw new IllegalArgumentException(
          "%s is %s, whose files have no checksums: leave it at %s".formatted(CODEC, codec, LZ4));
    }
    System.setProperty(CODEC, SafeLz4Codec.class.getName());
  }

  /** Refuses to begin again in silence. */
  private CheckpointFiles usable(CheckpointFiles files) {
    if (!files.isEmpty() && !files.readable()) {
      throw new IllegalArgumentException(
          "none of the %d files in --checkpoint %s can be used; the newest, %s, is %s. Nothing was deleted. Bring back %s, or name another folder to start with batch 1"
              .formatted(
                  files.newestFirst().size(),
                  checkpoint,
                  files.newestFirst().get(0),
                  files.problems().get(0),
                  files.ofOtherCode() ? "that code" : "a good file"));
    }
    return files;
  }

  /** What Spark has read is a graph of someone. Nothing of it has run yet. */
  private void refuseIfNotOurs(JavaStreamingContext context) {
    SparkConf conf = context.sparkContext().getConf();
    if (streamOf(context) == null
        || !frozen().stream().allMatch(option -> conf.contains(SETTING + option))) {
      throw new IllegalArgumentException(
          "--checkpoint %s holds a checkpoint of another app, %s. Nothing was deleted: name another folder"
              .formatted(checkpoint, conf.get("spark.app.name")));
    }
    for (String option : frozen()) {
      String frozen = conf.get(SETTING + option);
      if (command.commandLine().getParseResult().hasMatchedOption(option)
          && !valueOf(option).equals(frozen)) {
        throw new IllegalArgumentException(
            "the checkpoint in %s was made with %s %s, which can't be changed to %s: leave %s out, or name another folder to start with batch 1"
                .formatted(checkpoint, option, shown(frozen), shown(valueOf(option)), option));
      }
    }
  }

  /** Returns an option's value as it can be printed. */
  protected String shown(String value) {
    return value;
  }

  private String valueOf(String option) {
    return command.findOption(option).getValue().toString();
  }
}
