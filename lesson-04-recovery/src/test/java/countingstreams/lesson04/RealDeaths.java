package countingstreams.lesson04;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import countingstreams.kafka.KafkaBroker;
import countingstreams.testkit.MeasuredTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.io.FileUtils;

/**
 * Runs the app on a real cluster, with a real broker and a database server, each in a process of
 * its own, and numbers that come in all the time. Kills one kind of process after the other at
 * random moments, and checks after each kind that the database has each number exactly once. Run it
 * by {@code .ci/real-deaths}.
 */
public final class RealDeaths {

  private static final String LOCAL_CLUSTER = "local-cluster[2,1,1024]";

  /** What can die. */
  private enum Victim {
    DRIVER("driver"),
    EXECUTOR("executor"),
    WORKER("worker, and its executor"),
    BROKER("Kafka broker"),
    DATABASE("database"),
    EXECUTOR_OF_LOCAL_CLUSTER("executor of " + LOCAL_CLUSTER);

    private final String words;

    Victim(String words) {
      this.words = words;
    }
  }

  private static final String TOPIC = "numbers";
  private static final int WORKERS = 2;
  private static final int PARTITIONS = 3;
  private static final int PAGES = 100;
  private static final int LONGEST_LIFE_MS = 3000;
  private static final int LONGEST_START_MS = 10_000;
  private static final int LONGEST_DOWN_TIME_MS = 2000;
  private static final int GLANCE_MS = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Pattern LINE =
      Pattern.compile("batch (\\d+) \\| \\d+ of \\d+ partitions written, (\\d+) were there");

  private final Random random;
  private final Path checkpoint;
  private final KafkaBroker kafka;
  private final DatabaseServer database;
  private final StandaloneCluster cluster;
  private final SteadyProducer producer;
  private final Books books;
  private String master;
  private Process driver;
  private int starts;
  private long written;
  private long balanced;

  private RealDeaths(Path folder, Random random) throws IOException {
    this.random = random;
    checkpoint = folder.resolve("checkpoint");
    kafka = KafkaBroker.start(Files.createDirectory(folder.resolve("kafka")));
    kafka.create(TOPIC, PARTITIONS);
    database = DatabaseServer.start(Files.createDirectory(folder.resolve("database")));
    books = new Books(database.url());
    cluster = StandaloneCluster.start(Files.createDirectory(folder.resolve("spark")), WORKERS);
    producer = new SteadyProducer(kafka.servers(), TOPIC, PARTITIONS, PATIENCE);
    master = cluster.url();
    submit();
  }

  /**
   * Kills each kind as often as the first argument says. The second, if there is one, is the file
   * for the table of the page, and the third the seed of the moments.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    int times = Integer.parseInt(args[0]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : System.nanoTime();
    Path folder = Files.createTempDirectory("deaths-");
    System.out.printf("%d deaths of each kind, seed %d, output in %s%n", times, seed, folder);
    List<List<Object>> rows = new ArrayList<>();
    try {
      RealDeaths deaths = new RealDeaths(folder, new Random(seed));
      for (Victim victim : Victim.values()) {
        rows.add(deaths.of(victim, times));
      }
      deaths.producer.close();
    } finally {
      ProcessHandle.current().descendants().toList().forEach(RealDeaths::kill);
    }
    FileUtils.deleteQuietly(folder.toFile());
    if (args.length > 1) {
      MeasuredTable.here(
              "What was killed by SIGKILL at random moments, while numbers came in. At the end each"
                  + " number was in the database once",
              List.of(
                  "killed",
                  "how often",
                  "driver ended by itself",
                  "numbers",
                  "batches",
                  "batches that found results of theirs",
                  "wrong numbers"),
              rows)
          .write(Path.of(args[1]));
    }
  }

  /** Kills that kind so many times, waits until all numbers are there, and checks them. */
  private List<Object> of(Victim victim, int times) throws IOException, InterruptedException {
    if (victim == Victim.EXECUTOR_OF_LOCAL_CLUSTER) {
      moveTo(LOCAL_CLUSTER);
    }
    int startsBefore = starts;
    int linesBefore = cluster.printed().size();
    for (int death = 0; death < times; death++) {
      // Else it dies while it starts, or catches up, or soon after.
      if (random.nextBoolean()) {
        awaitResults();
        pause(random.nextInt(LONGEST_LIFE_MS));
      } else {
        pause(random.nextInt(LONGEST_START_MS));
      }
      die(victim);
    }
    long numbersBefore = balanced;
    Map<Long, Long> wrong = balance();
    long numbers = balanced - numbersBefore;
    int ended = starts - startsBefore - (victim == Victim.DRIVER ? times : 0);
    Set<Long> batches = new TreeSet<>();
    Set<Long> there = new TreeSet<>();
    List<String> printed = cluster.printed();
    for (String line : printed.subList(linesBefore, printed.size())) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        batches.add(Long.valueOf(matcher.group(1)));
        if (Long.parseLong(matcher.group(2)) > 0) {
          there.add(Long.valueOf(matcher.group(1)));
        }
      }
    }
    System.out.printf(
        "%s: %d killed, %d numbers in %d batches, each number once. %d batches found results of"
            + " theirs. The driver ended by itself %d times%n",
        victim.words, times, numbers, batches.size(), there.size(), ended);
    return List.of(victim.words, times, ended, numbers, batches.size(), there.size(), wrong.size());
  }

  /** The next driver takes the checkpoint to another cluster. */
  private void moveTo(String master) throws IOException {
    kill(driver.toHandle());
    this.master = master;
    submit();
  }

  private void submit() throws IOException {
    starts++;
    driver =
        cluster.submit(
            master,
            PageViewsSinkApp.class,
            List.of(
                "--interval",
                "500",
                "--numbers",
                "1000",
                "--partitions",
                "2",
                "--pages",
                String.valueOf(PAGES),
                "--kafka",
                kafka.servers(),
                "--topic",
                TOPIC,
                "--jdbc-url",
                database.url(),
                "--checkpoint",
                checkpoint.toString()));
  }

  private void die(Victim victim) throws IOException, InterruptedException {
    switch (victim) {
      case DRIVER -> {
        killOne("driver", () -> List.of(driver.toHandle()));
        submit();
      }
      case EXECUTOR -> killOne("executor", cluster::executors);
      case EXECUTOR_OF_LOCAL_CLUSTER -> killOne("executor", () -> driver.descendants().toList());
      case WORKER -> killWorker();
      case BROKER -> {
        killOne("broker", () -> List.of(kafka.process()));
        pause(random.nextInt(LONGEST_DOWN_TIME_MS));
        kafka.run();
      }
      case DATABASE -> {
        killOne("database", () -> List.of(database.process()));
        pause(random.nextInt(LONGEST_DOWN_TIME_MS));
        database.run();
      }
    }
  }

  /** A machine dies: a worker that has an executor, and with it that executor. */
  private void killWorker() throws IOException, InterruptedException {
    await("worker with an executor", () -> !cluster.executors().isEmpty());
    List<Process> busy =
        cluster.workers().stream().filter(w -> w.descendants().findAny().isPresent()).toList();
    Process worker = busy.get(random.nextInt(busy.size()));
    List<ProcessHandle> executors = worker.descendants().toList();
    if (!kill(worker.toHandle())) {
      throw new IllegalStateException("A worker was dead already.");
    }
    executors.forEach(RealDeaths::kill);
    cluster.replace(worker);
  }

  /** Kills one of these, as soon as there is one. */
  private void killOne(String what, Supplier<List<ProcessHandle>> all)
      throws IOException, InterruptedException {
    ProcessHandle victim;
    do {
      await(what, () -> !all.get().isEmpty());
      List<ProcessHandle> alive = all.get();
      victim = alive.isEmpty() ? null : alive.get(random.nextInt(alive.size()));
    } while (victim == null || !kill(victim)); // it may have ended by itself
  }

  /** Kills by SIGKILL, and waits for the death; false if it was dead already. */
  private static boolean kill(ProcessHandle victim) {
    boolean killed = victim.destroyForcibly();
    victim.onExit().join();
    return killed;
  }

  /** Waits, and does meanwhile what a supervisor does: starts the driver again if it has ended. */
  private void pause(long milliseconds) throws IOException, InterruptedException {
    if (driver.waitFor(milliseconds, MILLISECONDS)) {
      submit();
    }
  }

  private void await(String what, BooleanSupplier there) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!there.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "No %s in %d s; driver %d runs.".formatted(what, PATIENCE.toSeconds(), starts));
      }
      pause(GLANCE_MS);
    }
  }

  private void awaitResults() throws IOException, InterruptedException {
    long before = written();
    await("result", () -> written() > before);
  }

  /** Waits until all numbers are there, and checks that none is there twice. */
  private Map<Long, Long> balance() throws IOException, InterruptedException {
    long numbers = producer.pause();
    await("end of %d numbers".formatted(numbers), () -> written() >= numbers);
    Map<Long, Long> wrong = books.wrong(numbers, PAGES);
    if (!wrong.isEmpty()) {
      throw new IllegalStateException(
          "%d numbers, and these pages have so many views too many: %s".formatted(numbers, wrong));
    }
    producer.resume();
    balanced = numbers;
    return wrong;
  }

  /** Returns how many views are there; while there is no database, as many as were seen last. */
  private long written() {
    try {
      written = books.totals().values().stream().mapToLong(Long::longValue).sum();
    } catch (IllegalStateException e) {
      // It is dead, or has no tables yet.
    }
    return written;
  }
}
