package countingstreams.lesson05.exercises;

import static countingstreams.lesson05.exercises.StillInMemory.Kept.COPY_PERSISTED;
import static countingstreams.lesson05.exercises.StillInMemory.Kept.NOT;
import static countingstreams.lesson05.exercises.StillInMemory.Kept.RDD_PERSISTED;
import static countingstreams.lesson05.exercises.StillInMemory.Kept.STREAM_CACHED;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson05.exercises.StillInMemory.Kept;
import countingstreams.lesson05.exercises.StillInMemory.Stream;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.StoredBlock;
import countingstreams.testkit.Transcript;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.Optional;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaPairDStream;
import org.apache.spark.streaming.dstream.DStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Tuple2;
import scala.reflect.ClassTag$;

@Exercise(
    id = "5.4",
    title = "What is still in memory?",
    task = "Say, of any stream and any batch, which batches are in the memory of the executors.",
    solves = StillInMemory.class,
    page = "lesson-05-caching",
    hints = {
      "Two questions, one after the other. Does anybody persist the RDDs of this stream: the program,"
          + " a stream that reads it, or the engine's need for checkpoints? And who unpersists them,"
          + " when?",
      "After a batch, a stream unpersists what it has returned and does not remember any more. It"
          + " remembers its slide, what context.remember asks for, or twice its checkpoint interval,"
          + " whichever is longest; and longer if a reader needs it: for as long as the reader"
          + " remembers, and if that is a window, for the window more.",
      "int remembers(Stream s): the largest of s.slide(), remember, 2 * s.checkpoint(), and"
          + " remembers(reader) + reader.window() of each reader. In memory are the multiples of"
          + " s.slide() from batch - remembers(s) + 1 to batch, or from 1 if nobody unpersists: a copy,"
          + " or unpersist is false. None, if nobody persists; windows pass cache() on to what they"
          + " are made of."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class StillInMemoryTest {

  private static final int BATCHES = 9;
  private static final int NUMBERS = 2;

  /** The RDDs with the elements of a batch: by stream, and by batch. */
  private static final Map<Integer, Map<Integer, List<JavaRDD<Object>>>> RDDS =
      new ConcurrentHashMap<>();

  @TempDir private static Path directory;

  /**
   * A program.
   *
   * @param remember what context.remember is called with, in batch intervals, or 0
   * @param unpersist spark.streaming.unpersist
   * @param inputs streams that count, each with what is made of it
   */
  private record Program(int remember, boolean unpersist, List<Stream> inputs) {

    Program(int remember, Stream... inputs) {
      this(remember, true, List.of(inputs));
    }

    /** Returns all streams, each before its readers. */
    List<Stream> streams() {
      List<Stream> streams = new ArrayList<>();
      inputs.forEach(input -> add(input, streams));
      return streams;
    }

    private static void add(Stream stream, List<Stream> streams) {
      streams.add(stream);
      stream.readers().forEach(reader -> add(reader, streams));
    }
  }

  private static final List<String> NAMES = List.of("cached", "windowed", "counted", "copied");

  private static final Program ON_THE_PAGE =
      new Program(
          0,
          input(STREAM_CACHED),
          input(NOT, window(3, 1, NOT)),
          input(STREAM_CACHED, state(2, NOT)),
          input(COPY_PERSISTED));

  private static final Program CACHED =
      new Program(0, input(NOT), input(STREAM_CACHED), input(NOT, map(STREAM_CACHED)));

  private static final Program REMEMBERED =
      new Program(
          3, input(NOT), input(STREAM_CACHED, map(NOT)), input(STREAM_CACHED, state(1, NOT)));

  private static final Program WINDOWS =
      new Program(
          0,
          input(STREAM_CACHED, window(1, 1, STREAM_CACHED)),
          input(NOT, window(2, 1, NOT), window(4, 1, NOT)),
          input(STREAM_CACHED, map(NOT, window(2, 1, NOT))));

  private static final Program WINDOWS_THAT_SLIDE =
      new Program(
          0,
          input(NOT, window(2, 2, STREAM_CACHED)),
          input(NOT, window(1, 3, NOT)),
          input(NOT, window(4, 2, RDD_PERSISTED)),
          input(NOT, window(3, 3, COPY_PERSISTED, map(STREAM_CACHED))));

  private static final Program WINDOWS_OF_WINDOWS =
      new Program(
          0,
          input(NOT, window(2, 1, NOT, window(3, 1, STREAM_CACHED))),
          input(NOT, window(2, 2, NOT, map(NOT, window(4, 2, NOT)))));

  private static final Program REMEMBERED_WINDOWS =
      new Program(2, input(NOT, window(3, 1, NOT)), input(NOT, map(NOT), window(2, 4, NOT)));

  private static final Program CHECKPOINTS =
      new Program(
          0,
          input(NOT, state(3, NOT)),
          new Stream(0, 1, 3, NOT, List.of(window(2, 1, NOT))),
          input(STREAM_CACHED, map(NOT, map(NOT, state(2, NOT)))));

  private static final Program CHECKPOINTS_AND_WINDOWS =
      new Program(
          0,
          input(NOT, window(2, 1, NOT, state(2, NOT))),
          input(STREAM_CACHED, state(1, NOT, window(3, 1, NOT))));

  private static final Program BY_HAND =
      new Program(
          0,
          input(RDD_PERSISTED),
          input(COPY_PERSISTED),
          input(RDD_PERSISTED, window(2, 1, RDD_PERSISTED)));

  private static final Program REMEMBERED_BY_HAND =
      new Program(2, input(RDD_PERSISTED), input(COPY_PERSISTED));

  private static final Program NOT_UNPERSISTED =
      new Program(
          0,
          false,
          List.of(
              input(STREAM_CACHED),
              input(NOT),
              input(RDD_PERSISTED),
              input(NOT, window(2, 2, COPY_PERSISTED))));

  /** What was in memory of each stream, after each batch. */
  private static final Map<Stream, Map<Integer, List<Integer>>> ENGINE = new IdentityHashMap<>();

  /** Programs that differ in their streams only run as one: that is faster. */
  @BeforeAll
  static void runTheEngine() {
    List.of(
            ON_THE_PAGE,
            CACHED,
            REMEMBERED,
            WINDOWS,
            WINDOWS_THAT_SLIDE,
            WINDOWS_OF_WINDOWS,
            REMEMBERED_WINDOWS,
            CHECKPOINTS,
            CHECKPOINTS_AND_WINDOWS,
            BY_HAND,
            REMEMBERED_BY_HAND,
            NOT_UNPERSISTED)
        .stream()
        .collect(Collectors.groupingBy(program -> List.of(program.remember(), program.unpersist())))
        .values()
        .forEach(StillInMemoryTest::runTheEngine);
  }

  @Test
  void asOnThePage() {
    List<String> fromEngine = new ArrayList<>();
    List<String> predicted = new ArrayList<>();
    for (int batch = 1; batch <= BATCHES; batch++) {
      List<String> measured = new ArrayList<>();
      List<String> said = new ArrayList<>();
      for (int i = 0; i < NAMES.size(); i++) {
        Stream stream = ON_THE_PAGE.inputs().get(i);
        measured.add(NAMES.get(i) + " " + text(ENGINE.get(stream).get(batch)));
        said.add(NAMES.get(i) + " " + text(predict(ON_THE_PAGE, stream, batch)));
      }
      fromEngine.add("batch " + batch + " | " + String.join(", ", measured));
      predicted.add("batch " + batch + " | " + String.join(", ", said));
    }
    Transcript.assertMatches("still-in-memory", fromEngine);
    check(ON_THE_PAGE);
    Transcript.assertMatches("still-in-memory", predicted);
  }

  @Test
  void aCachedStream() {
    check(CACHED);
  }

  @Test
  void aContextThatRemembers() {
    check(REMEMBERED);
  }

  @Test
  void aWindow() {
    check(WINDOWS);
  }

  @Test
  void aWindowThatSlides() {
    check(WINDOWS_THAT_SLIDE);
  }

  @Test
  void aWindowOfAWindow() {
    check(WINDOWS_OF_WINDOWS);
  }

  @Test
  void aWindowInAContextThatRemembers() {
    check(REMEMBERED_WINDOWS);
  }

  @Test
  void aCheckpointInterval() {
    check(CHECKPOINTS);
  }

  @Test
  void aCheckpointIntervalAndAWindow() {
    check(CHECKPOINTS_AND_WINDOWS);
  }

  @Test
  void persistedByHand() {
    check(BY_HAND);
  }

  @Test
  void persistedByHandInAContextThatRemembers() {
    check(REMEMBERED_BY_HAND);
  }

  @Test
  void aContextThatDoesNotUnpersist() {
    check(NOT_UNPERSISTED);
  }

  /** Compares what the answer says with the engine, stream by stream and batch by batch. */
  private static void check(Program program) {
    for (Stream stream : program.streams()) {
      Map<Integer, List<Integer>> predicted = new TreeMap<>();
      for (int batch = 1; batch <= BATCHES; batch++) {
        predicted.put(batch, predict(program, stream, batch));
      }
      if (!predicted.equals(ENGINE.get(stream))) {
        throw new AssertionError(message(program, stream, ENGINE.get(stream), predicted));
      }
    }
  }

  private static List<Integer> predict(Program program, Stream stream, int batch) {
    List<Integer> batches =
        StillInMemory.inMemory(stream, program.remember(), program.unpersist(), batch);
    if (batches == null) {
      throw new AssertionError(
          "inMemory has returned null. If no batch is in memory, the list is empty.");
    }
    return batches.stream().sorted().toList();
  }

  private static String message(
      Program program,
      Stream stream,
      Map<Integer, List<Integer>> engine,
      Map<Integer, List<Integer>> predicted) {
    List<Integer> batches = List.copyOf(engine.keySet());
    int first = 0;
    while (engine.get(batches.get(first)).equals(predicted.get(batches.get(first)))) {
      first++;
    }
    int batch = batches.get(first);
    List<String> lines = new ArrayList<>();
    lines.add(
        "Batch %d is the first after which the memory holds something else than you say."
            .formatted(batch));
    lines.add("");
    lines.addAll(description(program, stream));
    lines.add("");
    lines.add("  %-12s %-22s   %s".formatted("", "in memory", "you say"));
    for (int b : batches.subList(Math.max(0, first - 1), Math.min(batches.size(), first + 3))) {
      String mark = engine.get(b).equals(predicted.get(b)) ? " " : "≠";
      lines.add(
          "  %-12s %-22s %s %s"
              .formatted(
                  (b == batch ? "=> " : "   ") + "batch " + b,
                  text(engine.get(b)),
                  mark,
                  text(predicted.get(b))));
    }
    lines.add("");
    lines.addAll(why(program, stream, engine.get(batch), predicted.get(batch)));
    return String.join("\n", lines);
  }

  private static List<String> description(Program program, Stream stream) {
    List<String> lines = new ArrayList<>();
    lines.add("Of the stream marked with *:");
    Stream input =
        program.inputs().stream().filter(root -> contains(root, stream)).findFirst().orElseThrow();
    describe(input, "numbers", "  ", stream, lines);
    if (program.remember() > 0) {
      lines.add("  context.remember(%d)".formatted(program.remember()));
    }
    if (!program.unpersist()) {
      lines.add("  spark.streaming.unpersist = false");
    }
    return lines;
  }

  private static boolean contains(Stream in, Stream stream) {
    return in == stream || in.readers().stream().anyMatch(reader -> contains(reader, stream));
  }

  private static void describe(
      Stream stream, String made, String indent, Stream asked, List<String> lines) {
    String checkpoint =
        stream.checkpoint() > 0
            ? ", checkpoint every %d batches".formatted(stream.checkpoint())
            : "";
    lines.add(
        (stream == asked ? indent.substring(0, indent.length() - 2) + "* " : indent)
            + made
            + checkpoint
            + ", "
            + stream.kept());
    for (Stream reader : stream.readers()) {
      String how =
          reader.window() > 0
              ? "window(%d, %d)".formatted(reader.window(), reader.slide())
              : reader.checkpoint() > 0 ? "updateStateByKey" : "map";
      describe(reader, "." + how, indent + "  ", asked, lines);
    }
  }

  /** Names the rules that bear on this stream. */
  private static List<String> why(
      Program program, Stream stream, List<Integer> engine, List<Integer> predicted) {
    if (engine.isEmpty()) {
      return List.of(whyNotPersisted(program, stream, predicted));
    }
    if (predicted.isEmpty()) {
      return List.of(whyPersisted(stream));
    }
    if (engine.stream().anyMatch(batch -> !predicted.contains(batch))
        && stream.kept() == COPY_PERSISTED) {
      return List.of(
          "After a batch the engine unpersists the RDDs that a stream has returned. An RDD that you make of"
              + " one it does not know: that stays until you unpersist it, or nobody holds it any more and the"
              + " driver's garbage collector comes by.");
    }
    if (!program.unpersist()) {
      return List.of(
          "With spark.streaming.unpersist = false a stream forgets its old RDDs, and leaves them persisted.");
    }
    return whyRemembered(program, stream, predicted);
  }

  private static String whyNotPersisted(Program program, Stream stream, List<Integer> predicted) {
    if (stream.slide() > 1 && predicted.stream().allMatch(batch -> batch % stream.slide() != 0)) {
      return whySlide(stream);
    }
    if (stream.window() > 0) {
      return "The RDD of a window is a union of others, and to have it in memory would be to have them more than"
          + " once. So a window passes cache(), and a window that is made of it, on to the stream that it is"
          + " made of itself.";
    }
    if (program.remember() > 0) {
      return "context.remember has streams hold their RDDs for longer. RDDs are recipes: it persists none.";
    }
    return "Nobody persists the RDDs of this stream"
        + (stream.readers().isEmpty()
            ? "."
            : ": cache() is for one stream, and neither for those that it reads nor those that read it.");
  }

  private static String whyPersisted(Stream stream) {
    if (stream.kept() == RDD_PERSISTED || stream.kept() == COPY_PERSISTED) {
      return "An RDD that is persisted in foreachRDD is in memory as any other, once a job has read it.";
    }
    if (stream.kept() == STREAM_CACHED) {
      return "cache() has each RDD of the stream persisted. When batch n is done, its RDD is still there.";
    }
    return stream.checkpoint() > 0
        ? "Spark has a stream persisted that has a checkpoint interval, or the job that writes the files would"
            + " compute all again. State is persisted anyhow: the next batch reads it."
        : "A window persists the stream that it is made of, as it reads each of its RDDs several times.";
  }

  private static String whySlide(Stream stream) {
    return "This stream has an RDD in every batch whose number is a multiple of %d, and in no other."
        .formatted(stream.slide());
  }

  private static List<String> whyRemembered(
      Program program, Stream stream, List<Integer> predicted) {
    List<String> why = new ArrayList<>();
    if (stream.slide() > 1 && predicted.stream().anyMatch(batch -> batch % stream.slide() != 0)) {
      return List.of(whySlide(stream));
    }
    why.add(
        "When batch n is done, each stream lets go of the RDDs of batch n - r and before, where r is what it"
            + " remembers, in batches. What it asks for itself:");
    why.add("- its slide, %d".formatted(stream.slide()));
    if (program.remember() > 0) {
      why.add("- what context.remember says, which holds for all streams of the context");
    }
    if (stream.checkpoint() > 0) {
      why.add(
          "- twice its checkpoint interval, so that the last checkpoint is not forgotten while the next is made");
    }
    if (!stream.readers().isEmpty()) {
      why.add("What those ask for that are made of it:");
      why.add(
          "- each reader, that it remembers as long as the reader does itself: for the reader's slide, for twice"
              + " its checkpoint interval, for what the readers of the reader ask for");
      if (hasWindow(stream)) {
        why.add(
            "- a window asks for more: for what it remembers itself, and for its own duration on top");
      }
    }
    why.add("The longest of them counts.");
    if (stream.kept() == RDD_PERSISTED) {
      why.add("It unpersists what it has returned, whoever has persisted it.");
    }
    return why;
  }

  private static boolean hasWindow(Stream stream) {
    return stream.readers().stream().anyMatch(reader -> reader.window() > 0 || hasWindow(reader));
  }

  private static String text(List<Integer> batches) {
    return batches.isEmpty()
        ? "none"
        : batches.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private static void runTheEngine(List<Program> programs) {
    Program together =
        new Program(
            programs.get(0).remember(),
            programs.get(0).unpersist(),
            programs.stream().flatMap(program -> program.inputs().stream()).toList());
    List<Stream> streams = together.streams();
    streams.forEach(stream -> ENGINE.put(stream, new TreeMap<>()));
    try (BatchRunner runner =
        BatchRunner.of((context, output) -> define(together, context))
            .with("spark.streaming.unpersist", String.valueOf(together.unpersist()))
            .start()) {
      for (int batch = 1; batch <= BATCHES; batch++) {
        runner.run(1);
        Set<Integer> inMemory = inMemory();
        for (int i = 0; i < streams.size(); i++) {
          ENGINE.get(streams.get(i)).put(batch, batches(RDDS.getOrDefault(i, Map.of()), inMemory));
        }
      }
    } finally {
      RDDS.clear();
    }
  }

  private static List<Integer> batches(
      Map<Integer, List<JavaRDD<Object>>> ofStream, Set<Integer> inMemory) {
    return ofStream.entrySet().stream()
        .filter(batch -> batch.getValue().stream().anyMatch(rdd -> inMemory.contains(rdd.id())))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /**
   * Returns the RDDs with blocks in memory, as the block manager has it. What Spark's web UI shows
   * lags behind. Unpersisting tells the block manager before it returns.
   */
  private static Set<Integer> inMemory() {
    return BatchRunner.storedBlocks().stream()
        .filter(block -> block.status().memSize() > 0)
        .map(StoredBlock::rdd)
        .collect(Collectors.toSet());
  }

  private static void define(Program program, StreamingContext context) {
    context.sparkContext().setCheckpointDir(directory.toUri().toString());
    if (program.remember() > 0) {
      context.remember(intervals(program.remember()));
    }
    AtomicInteger streams = new AtomicInteger();
    List<JavaDStream<Object>> inputs = new ArrayList<>();
    for (Stream input : program.inputs()) {
      JavaDStream<Long> numbers = new CountingDStream(context, NUMBERS, 1).asJava();
      if (input.checkpoint() > 0) {
        numbers.checkpoint(intervals(input.checkpoint()));
      }
      inputs.add(asObjects(numbers.dstream()));
      define(input, inputs.get(inputs.size() - 1), streams);
    }
    inputs.get(0).foreachRDD((rdd, time) -> readAll(rdd.context(), batch(time)));
  }

  private static void define(Stream stream, JavaDStream<Object> made, AtomicInteger streams) {
    int index = streams.getAndIncrement();
    Kept kept = stream.kept();
    if (kept == STREAM_CACHED) {
      made.cache();
    }
    made.foreachRDD(
        (rdd, time) ->
            RDDS.computeIfAbsent(index, i -> new ConcurrentHashMap<>())
                .put(batch(time), persisted(rdd, kept)));
    for (Stream reader : stream.readers()) {
      define(reader, make(made, reader), streams);
    }
  }

  private static int batch(Time time) {
    return (int) (time.milliseconds() / BatchRunner.INTERVAL_MS);
  }

  /** Returns the RDDs that have the elements of this one, itself included. The test holds them. */
  private static List<JavaRDD<Object>> persisted(JavaRDD<Object> rdd, Kept kept) {
    return switch (kept) {
      case RDD_PERSISTED -> List.of(rdd.persist(StorageLevel.MEMORY_ONLY_SER()));
      case COPY_PERSISTED ->
          List.of(rdd, rdd.map(element -> element).persist(StorageLevel.MEMORY_ONLY_SER()));
      default -> List.of(rdd);
    };
  }

  /**
   * Reads all elements of all streams in a batch: in the output that is last, and one job for all,
   * or the test would take seconds longer.
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static void readAll(SparkContext context, int batch) {
    JavaRDD<Object>[] rdds =
        RDDS.values().stream()
            .flatMap(ofStream -> ofStream.getOrDefault(batch, List.of()).stream())
            .toArray(JavaRDD[]::new);
    JavaSparkContext.fromSparkContext(context).union(rdds).count();
  }

  private static JavaDStream<Object> make(JavaDStream<Object> of, Stream stream) {
    if (stream.window() > 0) {
      return of.window(intervals(stream.window()), intervals(stream.slide()));
    }
    if (stream.checkpoint() == 0) {
      return of.map(element -> element);
    }
    JavaPairDStream<Integer, Long> state =
        of.mapToPair(element -> new Tuple2<>(element.hashCode() % 2, 1L))
            .updateStateByKey(StillInMemoryTest::count, 1);
    state.checkpoint(intervals(stream.checkpoint()));
    return asObjects(state.dstream());
  }

  private static Optional<Long> count(List<Long> values, Optional<Long> before) {
    return Optional.of(before.or(0L) + values.size());
  }

  @SuppressWarnings("unchecked")
  private static JavaDStream<Object> asObjects(DStream<?> stream) {
    return JavaDStream.fromDStream((DStream<Object>) stream, ClassTag$.MODULE$.apply(Object.class));
  }

  private static Duration intervals(int count) {
    return new Duration(count * BatchRunner.INTERVAL_MS);
  }

  private static Stream input(Kept kept, Stream... readers) {
    return map(kept, readers);
  }

  /** A stream with the slide of the one that it reads, which is that of its readers, or 1. */
  private static Stream map(Kept kept, Stream... readers) {
    return new Stream(0, 1, 0, kept, List.of(readers));
  }

  private static Stream window(int window, int slide, Kept kept, Stream... readers) {
    return new Stream(window, slide, 0, kept, sliding(slide, readers));
  }

  private static Stream state(int checkpoint, Kept kept, Stream... readers) {
    return new Stream(0, 1, checkpoint, kept, List.of(readers));
  }

  /** A stream that no window has made has the slide of the one before it. */
  private static List<Stream> sliding(int slide, Stream... readers) {
    return Arrays.stream(readers)
        .map(
            reader ->
                reader.window() > 0
                    ? reader
                    : new Stream(
                        0,
                        slide,
                        reader.checkpoint(),
                        reader.kept(),
                        sliding(slide, reader.readers().toArray(Stream[]::new))))
        .toList();
  }
}
