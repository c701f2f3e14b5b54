package countingstreams.benchmarks.engines;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.LongDeserializer;

/**
 * Reads the counts that an engine writes, as soon as they can be read, in a thread of its own. From
 * a page's count it knows which of its views are counted.
 */
final class CountsReader implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);

  private final Views views;
  private final KafkaConsumer<Long, Long> consumer;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  // What follows is guarded by this.

  /** When a view was first in a count, as {@link System#nanoTime} has it; 0 if it is in none. */
  private final long[] counted;

  private final long[] last;
  private final long[] most;
  private int countedViews;
  private long results;
  private long repeated;
  private long lastResult;
  private RuntimeException failure;

  CountsReader(String servers, String topic, Views views, int atMost) {
    this.views = views;
    this.counted = new long[atMost];
    this.last = new long[views.pages() + 1];
    this.most = new long[views.pages() + 1];
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    this.consumer = new KafkaConsumer<>(settings, new LongDeserializer(), new LongDeserializer());
    this.consumer.assign(
        IntStream.range(0, CountJob.PARTITIONS)
            .mapToObj(p -> new TopicPartition(topic, p))
            .toList());
    Thread thread = new Thread(this::read, "counts");
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try {
      while (true) {
        Iterable<ConsumerRecord<Long, Long>> records = consumer.poll(POLL);
        note(records, System.nanoTime());
      }
    } catch (WakeupException e) {
      // close() asks for it
    } catch (RuntimeException e) {
      fail(e);
    } finally {
      consumer.close();
      closed.complete(null);
    }
  }

  private synchronized void fail(RuntimeException e) {
    failure = e;
    notifyAll();
  }

  private synchronized void note(Iterable<ConsumerRecord<Long, Long>> records, long now) {
    for (ConsumerRecord<Long, Long> record : records) {
      int page = record.key().intValue();
      long count = record.value();
      results++;
      lastResult = now;
      last[page] = count;
      if (count <= most[page]) {
        repeated++;
      }
      for (long i = most[page] + 1; i <= count; i++) {
        int view = views.view(page, i);
        if (view >= 0 && view < counted.length) {
          counted[view] = now;
          countedViews++;
        }
      }
      most[page] = Math.max(most[page], count);
    }
    notifyAll();
  }

  /** Returns how many views are counted so far. */
  synchronized int countedViews() {
    return countedViews;
  }

  /** Returns how many results were read so far. */
  synchronized long results() {
    return results;
  }

  /** Returns how many results had a count that was not more than one before. */
  synchronized long repeated() {
    return repeated;
  }

  /** Returns when each view was first counted, as {@link System#nanoTime} has it, or 0. */
  synchronized long[] counted() {
    return counted.clone();
  }

  /** Returns the last count of each page, from page 1 on. */
  synchronized long[] last() {
    return Arrays.copyOfRange(last, 1, last.length);
  }

  /** Returns when the last result was read, as {@link System#nanoTime} has it. */
  synchronized long lastResult() {
    return lastResult;
  }

  /** Waits until there is a result, and returns whether there is one. */
  synchronized boolean awaitResult(Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (results == 0 && waited(until)) {}
    return results > 0;
  }

  /** Waits until so many views are counted, and returns whether they are. */
  synchronized boolean awaitViews(int number, Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (countedViews < number && waited(until)) {}
    return countedViews >= number;
  }

  /** Waits until for so long no result was read. */
  synchronized void awaitQuiet(Duration quiet) throws InterruptedException {
    long begin = System.nanoTime();
    while (waited(Math.max(begin, lastResult) + quiet.toNanos())) {}
  }

  /** Waits a little, and returns whether there is time left. */
  private boolean waited(long until) throws InterruptedException {
    if (failure != null) {
      throw failure;
    }
    if (System.nanoTime() >= until) {
      return false;
    }
    wait(POLL.toMillis());
    return true;
  }

  @Override
  public void close() {
    consumer.wakeup();
    closed.join();
  }
}
