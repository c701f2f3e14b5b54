package countingstreams.lesson04.exercises;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.streaming.receiver.Receiver;

/** Exercise 4.5, Receiver or replay: a receiver that a killed driver costs nothing. */
public class ReliableReceiver extends Receiver<Long> {

  private static final long serialVersionUID = 1L;

  /** A message queue. It keeps what it hands out until that is acknowledged. */
  public interface Queue extends Serializable {

    /** Opens a connection. It begins with what the one before has not acknowledged. */
    Connection connect();
  }

  /** A connection to the queue, for one thread. */
  public interface Connection extends AutoCloseable {

    /** Returns the numbers that come next, or none if none come within some milliseconds. */
    List<Long> next();

    /** Tells the queue that it can forget these numbers. Nobody gets them from it any more. */
    void acknowledge(List<Long> numbers);

    @Override
    void close();
  }

  private final Queue queue;

  public ReliableReceiver(Queue queue) {
    super(StorageLevel.MEMORY_ONLY());
    this.queue = queue;
  }

  /** Returns the settings with those added that have a stored number outlive the driver. */
  public static SparkConf settings(SparkConf conf) {
    return conf.set("spark.streaming.receiver.writeAheadLog.enable", "true");
  }

  /**
   * Begins to receive, and returns at once: each number is stored, and acknowledged, until the
   * receiver is stopped. If it can't be stored, the engine hears of it and starts the receiver
   * again, and the queue still has the number. Called on an executor.
   */
  @Override
  public void onStart() {
    new Thread(this::receive, "receiver").start();
  }

  private void receive() {
    try (Connection connection = queue.connect()) {
      while (!isStopped()) {
        List<Long> numbers = connection.next();
        if (!numbers.isEmpty()) {
          store(numbers.iterator());
          connection.acknowledge(numbers.subList(numbers.size() - 1, numbers.size()));
        }
      }
    } catch (Exception e) {
      restart("Can't receive.", e);
    }
  }

  /** Called when the receiver is stopped, which {@link #isStopped} says from then on. */
  @Override
  public void onStop() {}
}
