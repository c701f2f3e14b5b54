package countingstreams.benchmarks.engines;

import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/** The count in Kafka Streams: each record is a result. */
final class KafkaStreamsCount {

  private KafkaStreamsCount() {}

  public static void main(String[] args) {
    CountJob job = CountJob.ofThisProcess();
    KafkaStreams streams = new KafkaStreams(count(job), settings(job));
    streams.start(); // Its threads keep the JVM alive.
  }

  // #region count
  private static Topology count(CountJob job) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(job.input(), Consumed.with(Serdes.Long(), Serdes.Long()))
        .groupByKey(Grouped.with(Serdes.Long(), Serdes.Long()))
        .count()
        .toStream()
        .to(job.output(), Produced.with(Serdes.Long(), Serdes.Long()));
    return builder.build();
  }

  // #endregion count

  private static Properties settings(CountJob job) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, job.output());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, job.servers());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, job.folder().toString());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, CountJob.PARTITIONS);
    // Without them, a result waits for the next commit.
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    settings.put(StreamsConfig.producerPrefix("linger.ms"), 0);
    if (job.exactlyOnce()) {
      settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    }
    if (job.intervalMs() != CountJob.DEFAULT) {
      settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, job.intervalMs());
    }
    String member = System.getProperty("member");
    if (member != null) {
      settings.put(StreamsConfig.consumerPrefix("group.instance.id"), member);
    }
    return settings;
  }
}
