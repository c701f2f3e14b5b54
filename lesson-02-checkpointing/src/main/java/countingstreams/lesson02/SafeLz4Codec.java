package countingstreams.lesson02;

import java.io.InputStream;
import net.jpountz.lz4.LZ4BlockInputStream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.io.LZ4CompressionCodec;

// #region codec
/**
 * Spark's lz4, the same bytes, read by Java code. Spark reads them by native code, which does not
 * check its bounds: a damaged block can crash the process, before its checksum is compared.
 */
public final class SafeLz4Codec extends LZ4CompressionCodec {

  /** What Spark's codec writes its checksums with. */
  private static final int SEED = 0x9747b28c;

  /** Called by Spark. */
  public SafeLz4Codec(SparkConf conf) {
    super(conf);
  }

  @Override
  public InputStream compressedInputStream(InputStream compressed) {
    return new LZ4BlockInputStream(
        compressed,
        LZ4Factory.safeInstance().fastDecompressor(),
        XXHashFactory.fastestInstance().newStreamingHash32(SEED).asChecksum(),
        false); // Spark joins streams in a shuffle: read on after the end of the first.
  }
}
// #endregion codec
