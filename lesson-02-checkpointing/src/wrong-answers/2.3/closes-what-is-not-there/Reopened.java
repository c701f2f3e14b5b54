package countingstreams.lesson02.exercises;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson02.CheckpointedCountingDStream;
import java.io.Serializable;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;

/** Exercise 2.3, What a checkpoint cannot carry: a connection, opened again after a restart. */
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

  // Not in the checkpoint: null after a restart, until a batch needs it.
  private transient Connection connection;

  public Reopened(StreamingContext context, Address address, int numbersPerBatch) {
    super(context, numbersPerBatch, 1);
    this.address = address;
  }

  /**
   * Returns which numbers a batch gets, and reserves them, over the one connection of this life.
   */
  @Override
  protected NumberRange rangeOf(Time batchTime) {
    NumberRange range = super.rangeOf(batchTime);
    if (connection == null) {
      connection = address.open();
    }
    connection.reserve(range);
    return range;
  }

  /** Closes the connection, if one is open. */
  @Override
  public void stop() {
    connection.close();
  }
}
