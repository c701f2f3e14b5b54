package countingstreams.lesson02.exercises;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson02.CheckpointedCountingDStream;
import java.io.Serializable;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** A small class of its own, which opens when it is asked. */
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
public class Reopened extends CheckpointedCountingDStream {

  private static final long serialVersionUID = 1L;

  /** A connection to the source. It belongs to one process, and can't be serialized. */
  public interface Connection {

    /** Tells the source which numbers a batch gets. */
    void reserve(NumberRange range);

    /** Gives the connection back. */
    void close();
  }

  /** Knows how to open a connection, and can be serialized. */
  public interface Address extends Serializable {

    /** Opens a connection, which takes a while. */
    Connection open();
  }

  private final Address address;

  private final Lazy lazy;

  public Reopened(StreamingContext context, Address address, int numbersPerBatch) {
    super(context, numbersPerBatch, 1);
    this.address = address;
    this.lazy = new Lazy(address);
  }

  /**
   * Returns which numbers a batch gets, and reserves them, over the one connection of this life.
   */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = super.rangeOf(batchTime);
    lazy.get().reserve(range);
    return range;
  }

  private static final class Lazy implements Serializable {

    private static final long serialVersionUID = 1L;

    private final Address address;
    private transient Connection connection;

    Lazy(Address address) {
      this.address = address;
    }

    Connection get() {
      if (connection == null) {
        connection = address.open();
      }
      return connection;
    }

    void close() {
      if (connection != null) {
        connection.close();
      }
    }
  }

  /** Closes the connection, if one is open. */
  @Override
  public void stop() {
    lazy.close();
  }
}
