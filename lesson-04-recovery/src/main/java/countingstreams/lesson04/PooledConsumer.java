package countingstreams.lesson04;

import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/**
 * A consumer of one partition, kept by an executor from batch to batch: it is connected, and has
 * maybe fetched what comes next. Each task has one for itself.
 */
final class PooledConsumer {

  /** A consumer that no task has used for so long is closed. */
  private static final Duration IDLE = Duration.ofMinutes(5);

  private static final GenericKeyedObjectPool<Key, PooledConsumer> POOL = pool();

  private record Key(KafkaTopic topic, int partition) {}

  private final Key key;
  private final Consumer<byte[], Long> consumer;
  private final TopicPartition partition;
  private Iterator<ConsumerRecord<byte[], Long>> fetched = Collections.emptyIterator();
  private long next = -1;
  private boolean broken;

  private PooledConsumer(Key key) {
    this.key = key;
    this.consumer = key.topic().consumer();
    this.partition = new TopicPartition(key.topic().name(), key.partition());
    consumer.assign(List.of(partition));
  }

  private static GenericKeyedObjectPool<Key, PooledConsumer> pool() {
    GenericKeyedObjectPool<Key, PooledConsumer> pool = new GenericKeyedObjectPool<>(new Factory());
    pool.setMaxTotalPerKey(-1); // a task that is run twice at a time must not wait for itself
    pool.setMinEvictableIdleDuration(IDLE);
    pool.setDurationBetweenEvictionRuns(IDLE);
    pool.setNumTestsPerEvictionRun(-1); // all of them
    return pool;
  }

  static PooledConsumer borrow(KafkaTopic topic, int partition) {
    try {
      return POOL.borrowObject(new Key(topic, partition));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // as the pool declares
      throw new IllegalStateException("No consumer of " + topic, e);
    }
  }

  /** Called when the task is over, also if it has failed. */
  void giveBack() {
    if (!broken) {
      POOL.returnObject(key, this);
      return;
    }
    try {
      POOL.invalidateObject(key, this);
    } catch (Exception e) { // as the pool declares
      throw new IllegalStateException("Can't close a consumer of " + partition, e);
    }
  }

  // #region read
  /**
   * Returns the numbers of a range, fetched as they are asked for.
   *
   * @throws IllegalStateException when it is read, if Kafka does not have all of it
   */
  Iterator<Long> read(OffsetRange range) {
    if (next != range.from()) {
      consumer.seek(partition, range.from());
      fetched = Collections.emptyIterator();
      next = range.from();
    }
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return next < range.until();
      }

      @Override
      public Long next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return record().value();
      }
    };
  }

  /**
   * Returns the next record, whose offset is the next one: topics that are compacted, or written in
   * transactions, have gaps and are refused.
   */
  private ConsumerRecord<byte[], Long> record() {
    broken = true; // unless the end of this method is reached
    if (!fetched.hasNext()) {
      fetched = fetch();
    }
    ConsumerRecord<byte[], Long> record = fetched.next();
    if (record.offset() != next) {
      throw new IllegalStateException(
          "%s has offset %d after %d: is it compacted, or written in transactions?"
              .formatted(partition, record.offset(), next - 1));
    }
    next++;
    broken = false;
    return record;
  }

  // #endregion read

  private Iterator<ConsumerRecord<byte[], Long>> fetch() {
    try {
      List<ConsumerRecord<byte[], Long>> records =
          consumer.poll(Duration.ofMillis(key.topic().patienceMs())).records(partition);
      if (records.isEmpty()) {
        throw new IllegalStateException(
            "No broker of %s gave offset %d of %s in %d ms: none answers, or it is the end of a transaction."
                .formatted(key.topic().servers(), next, partition, key.topic().patienceMs()));
      }
      return records.iterator();
    } catch (OffsetOutOfRangeException e) {
      throw new IllegalStateException(
          Lost.message(
              partition,
              next,
              consumer.beginningOffsets(List.of(partition)).get(partition),
              consumer.endOffsets(List.of(partition)).get(partition)),
          e);
    }
  }

  private static final class Factory extends BaseKeyedPooledObjectFactory<Key, PooledConsumer> {

    @Override
    public PooledConsumer create(Key key) {
      return new PooledConsumer(key);
    }

    @Override
    public PooledObject<PooledConsumer> wrap(PooledConsumer consumer) {
      return new DefaultPooledObject<>(consumer);
    }

    @Override
    public void destroyObject(Key key, PooledObject<PooledConsumer> pooled) {
      pooled.getObject().consumer.close();
    }
  }
}
