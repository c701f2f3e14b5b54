package countingstreams.flink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The count in Flink: each record is a result. Goes on from the newest checkpoint in its folder, if
 * there is one. What it is asked for are system properties, see {@code CountJob}.
 */
public final class FlinkCount {

  private static final int PARTITIONS = 2;
  private static final long BUFFER_TIMEOUT_MS = 1;

  private FlinkCount() {}

  public static void main(String[] args) throws Exception {
    Path checkpoints = Path.of(System.getProperty("folder"), "checkpoints");
    Configuration settings = new Configuration();
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    settings.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    newest(checkpoints)
        .ifPresent(
            checkpoint ->
                settings.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint.toUri().toString()));
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(PARTITIONS, settings);
    environment.enableCheckpointing(Long.getLong("intervalMs"));
    environment.setBufferTimeout(BUFFER_TIMEOUT_MS);
    count(environment);
    environment.execute("FlinkCount");
  }

  // #region count
  private static void count(StreamExecutionEnvironment environment) {
    environment
        .fromSource(source(), WatermarkStrategy.noWatermarks(), "views")
        .keyBy(page -> page)
        .process(new Count())
        .uid("count")
        .sinkTo(sink());
  }

  // #endregion count

  /** Returns the newest checkpoint that is complete. */
  private static Optional<Path> newest(Path checkpoints) throws IOException {
    if (!Files.isDirectory(checkpoints)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .map(Path::getParent);
    }
  }

  private static KafkaSource<Long> source() {
    return KafkaSource.<Long>builder()
        .setBootstrapServers(System.getProperty("servers"))
        .setTopics(System.getProperty("input"))
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setDeserializer(new PageOfRecord())
        .build();
  }

  private static KafkaSink<Tuple2<Long, Long>> sink() {
    String topic = System.getProperty("output");
    Properties producer = new Properties();
    producer.setProperty("linger.ms", "0");
    producer.setProperty(
        "transaction.timeout.ms", String.valueOf(Duration.ofMinutes(5).toMillis()));
    KafkaRecordSerializationSchema<Tuple2<Long, Long>> record =
        (count, context, timestamp) ->
            new ProducerRecord<>(topic, bytes(count.f0), bytes(count.f1));
    return KafkaSink.<Tuple2<Long, Long>>builder()
        .setBootstrapServers(System.getProperty("servers"))
        .setKafkaProducerConfig(producer)
        .setRecordSerializer(record)
        .setDeliveryGuarantee(
            Boolean.getBoolean("exactlyOnce")
                ? DeliveryGuarantee.EXACTLY_ONCE
                : DeliveryGuarantee.AT_LEAST_ONCE)
        .setTransactionalIdPrefix(topic)
        .build();
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  /** The page of a record is its key. */
  private static final class PageOfRecord implements KafkaRecordDeserializationSchema<Long> {

    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Long> pages) {
      pages.collect(ByteBuffer.wrap(record.key()).getLong());
    }

    @Override
    public org.apache.flink.api.common.typeinfo.TypeInformation<Long> getProducedType() {
      return Types.LONG;
    }
  }

  /** Counts a page's views. */
  private static final class Count extends KeyedProcessFunction<Long, Long, Tuple2<Long, Long>> {

    private static final long serialVersionUID = 1L;

    private transient ValueState<Long> views;

    @Override
    public void open(OpenContext context) {
      views = getRuntimeContext().getState(new ValueStateDescriptor<>("views", Types.LONG));
    }

    @Override
    public void processElement(Long page, Context context, Collector<Tuple2<Long, Long>> counts)
        throws IOException {
      Long before = views.value();
      long count = before == null ? 1 : before + 1;
      views.update(count);
      counts.collect(Tuple2.of(page, count));
    }
  }
}
