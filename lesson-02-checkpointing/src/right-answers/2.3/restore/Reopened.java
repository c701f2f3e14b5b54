package countingstreams.lesson02.exercises;

import countingstreams.lesson01.NumberRange;
import countingstreams.lesson02.CheckpointedCountingDStream;
import java.io.Serializable;
import org.apache.spark.streaming.StreamingContext;
import org.apache.spark.streaming.Time;
import org.apache.spark.streaming.dstream.DStreamCheckpointData;
import scala.reflect.ClassTag$;

/** Opened by restore(), which the engine calls on what comes from a checkpoint. */
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

  private transient Connection connection;
  private final Data data = new Data();

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
    connection.reserve(range);
    return range;
  }

  @Override
  public void start() {
    connection = address.open();
  }

  @Override
  public DStreamCheckpointData<Long> checkpointData() {
    return data == null ? super.checkpointData() : data;
  }

  /** Restores both what the stream had and what it needs. */
  private final class Data extends DStreamCheckpointData<Long> {

    private static final long serialVersionUID = 1L;

    Data() {
      super(Reopened.this, ClassTag$.MODULE$.apply(Long.class));
    }

    @Override
    public void update(Time time) {
      Reopened.super.checkpointData().update(time);
    }

    @Override
    public void cleanup(Time time) {
      Reopened.super.checkpointData().cleanup(time);
    }

    @Override
    public void restore() {
      Reopened.super.checkpointData().restore();
      connection = address.open();
    }
  }

  /** Closes the connection, if one is open. */
  @Override
  public void stop() {
    if (connection != null) {
      connection.close();
    }
  }
}
