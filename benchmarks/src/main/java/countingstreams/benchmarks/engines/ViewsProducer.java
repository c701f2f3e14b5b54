package countingstreams.benchmarks.engines;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.LongSerializer;

/** Writes views 0, 1, 2, … to a topic: at a pace, in a thread of its own, or all at once. */
final class ViewsProducer implements AutoCloseable {

  private static final int LOOK_MS = 10;

  private final Views views;
  private final String topic;
  private final KafkaProducer<Long, Long> producer;
  private final long nanosecondsApart;
  private final long start = System.nanoTime();
  private volatile Exception failure;
  private volatile boolean stopped;
  private volatile int sent;
  private Thread thread;

  /**
   * @param perSecond views a second, if they are written at a pace
   * @param lingerMs for how long a view may wait for others to be sent with
   */
  private ViewsProducer(String servers, String topic, Views views, int perSecond, int lingerMs) {
    this.views = views;
    this.topic = topic;
    this.nanosecondsApart = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, servers,
                ProducerConfig.LINGER_MS_CONFIG, lingerMs),
            new LongSerializer(),
            new LongSerializer());
  }

  /** Starts to write views at a pace. A view that is late does not move those after it. */
  static ViewsProducer start(String servers, String topic, Views views, int perSecond) {
    ViewsProducer producer = new ViewsProducer(servers, topic, views, perSecond, 0);
    producer.thread = new Thread(producer::writeAtAPace, "views");
    producer.thread.setDaemon(true);
    producer.thread.start();
    return producer;
  }

  /** Writes a number of views as fast as it can. */
  static void writeAll(String servers, String topic, Views views, int number) {
    try (ViewsProducer producer = new ViewsProducer(servers, topic, views, 1, 20)) {
      for (int view = 0; view < number; view++) {
        producer.write(view);
      }
      producer.flush();
    }
  }

  /** Returns when a view was due, as {@link System#nanoTime} has it. */
  long due(int view) {
    return start + view * nanosecondsApart;
  }

  /** Returns the first view that is due at or after a time, as {@link System#nanoTime} has it. */
  int firstDueFrom(long time) {
    return (int) -Math.floorDiv(start - time, nanosecondsApart);
  }

  /** Waits until so many views were written. */
  void awaitSent(int number) throws InterruptedException {
    while (sent < number && thread.isAlive()) {
      thread.join(LOOK_MS);
    }
  }

  /** Returns how many views were written. */
  int sent() {
    return sent;
  }

  /**
   * Writes no more, and waits until Kafka has all that was written.
   *
   * @return how many views that are
   */
  int stop() throws InterruptedException {
    stopped = true;
    thread.join();
    flush();
    return sent;
  }

  private void writeAtAPace() {
    for (int view = 0; !stopped && failure == null; view++) {
      for (long wait = due(view) - System.nanoTime();
          wait > 0;
          wait = due(view) - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      write(view);
    }
  }

  private void write(int view) {
    int page = views.page(view);
    producer.send(
        new ProducerRecord<>(topic, Views.partition(page), (long) page, (long) view),
        (written, error) -> {
          if (error != null) {
            failure = error;
          }
        });
    sent = view + 1;
  }

  private void flush() {
    producer.flush();
    if (failure != null) {
      throw new KafkaException("Kafka has not taken all views.", failure);
    }
  }

  @Override
  public void close() {
    stopped = true;
    producer.close();
  }
}
