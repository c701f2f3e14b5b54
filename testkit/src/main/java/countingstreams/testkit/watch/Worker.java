package countingstreams.testkit.watch;

import com.fasterxml.jackson.databind.ObjectMapper;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.ExerciseRun;
import countingstreams.testkit.Verdict;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.dstream.ConstantInputDStream;
import scala.reflect.ClassTag$;

/**
 * The JVM that runs the learner's code: warm, and let go when that code does not come back or ends
 * it. It reads requests from standard input, a line of JSON each, and answers on standard output.
 * What the code under test prints goes to standard error.
 *
 * <p>Its working directory is the lesson's folder.
 */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
final class Worker {

  /** The exit status if the code under test has called System.exit. */
  static final int EXITED = 99;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is asked. */
  enum Order {
    /** Make the compiler, JUnit and Spark ready, so that the first answer does not wait for it. */
    WARM_UP,
    /** Run one exercise's test. */
    TEST,
    /** Run all tests of the lesson. */
    TEST_ALL,
    /** Write to a file what each thread is doing. Answered while another order is at work. */
    DUMP
  }

  /**
   * A request.
   *
   * @param tests the test classes of exercises, and for each the file to run it on
   * @param file where to write, of a DUMP
   */
  record Request(Order order, Map<String, String> tests, String file) {}

  /**
   * An answer.
   *
   * @param verdict of a TEST, else null
   * @param lesson of a TEST_ALL, else null
   * @param last whether this JVM ends after it: it holds code that does not return
   */
  record Reply(Order order, Verdict verdict, ExerciseRun.Lesson lesson, boolean last) {}

  private Worker() {}

  public static void main(String[] args) {
    PrintStream replies = System.out;
    System.setOut(System.err);
    // Spark's hook would wait for its streams, and they perhaps for whoever has called exit.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(EXITED)));
    ExecutorService tests = Executors.newSingleThreadExecutor();
    try (Scanner requests = new Scanner(System.in, StandardCharsets.UTF_8)) {
      while (requests.hasNextLine()) {
        Request request = JSON.readValue(requests.nextLine(), Request.class);
        if (request.order() == Order.DUMP) {
          dump(Path.of(request.file()));
          answer(replies, new Reply(Order.DUMP, null, null, false));
        } else {
          tests.execute(() -> answer(replies, obey(request)));
        }
      }
    } catch (IOException e) {
      e.printStackTrace();
    }
    Runtime.getRuntime().halt(0); // whatever the tests have left running
  }

  private static Reply obey(Request request) {
    Verdict verdict = null;
    ExerciseRun.Lesson lesson = null;
    Map<Class<?>, Path> sources = new LinkedHashMap<>();
    request.tests().forEach((test, file) -> sources.put(type(test), Path.of(file)));
    try (ExerciseRun run = new ExerciseRun(sources)) {
      switch (request.order()) {
        case TEST -> verdict = run.test(sources.keySet().iterator().next());
        case TEST_ALL -> lesson = run.testAll();
        default -> runABatch();
      }
    } catch (RuntimeException | Error e) { // not of a test: those are in the verdict
      e.printStackTrace();
      verdict = new Verdict(Verdict.Status.WRONG, List.of("The tests could not be run: " + e));
    }
    return new Reply(request.order(), verdict, lesson, StreamingContext.getActive().isDefined());
  }

  private static void runABatch() {
    BatchRunner.of(
            (context, output) ->
                output.collect(
                    new ConstantInputDStream<>(
                        context,
                        context.sparkContext().emptyRDD(ClassTag$.MODULE$.apply(Long.class)),
                        ClassTag$.MODULE$.apply(Long.class))))
        .start()
        .run(1)
        .close();
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static void answer(OutputStream replies, Reply reply) {
    try {
      byte[] line = JSON.writeValueAsBytes(reply);
      synchronized (replies) {
        replies.write(line);
        replies.write('\n');
        replies.flush();
      }
    } catch (IOException e) {
      throw new IllegalStateException("Nobody listens any more.", e);
    }
    System.gc(); // now, while nobody waits: the class loader and the context of the run are garbage
  }

  private static void dump(Path file) throws IOException {
    List<String> threads =
        Arrays.stream(ManagementFactory.getThreadMXBean().dumpAllThreads(true, true))
            .sorted((a, b) -> a.getThreadName().compareTo(b.getThreadName()))
            .map(Worker::text)
            .toList();
    Files.write(file, threads);
  }

  /** Not {@code toString}, which leaves out all but the first frames. */
  private static String text(ThreadInfo thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(frame -> "    at " + frame)
        .collect(
            Collectors.joining(
                "\n",
                "\"" + thread.getThreadName() + "\" " + thread.getThreadState() + "\n",
                "\n"));
  }
}
