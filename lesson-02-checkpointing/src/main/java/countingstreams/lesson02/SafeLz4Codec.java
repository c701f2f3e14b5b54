package countingstreams.lesson02;

import java.io.InputStream;
import net.jpountz.lz4.LZ4BlockInputStream;
import net.jpountz.lz4.LZ4Factory;
import org.apache.spark.SparkConf;
import org.apache.spark.io.LZ4CompressionCodec;

// #region codec
/**
 * Spark's lz4, the same bytes, read by Java code. Spark reads them by native code, which does not
 * check its bounds: a damaged block can crash the process, before its checksum is compared.
 */
public final class SafeLz4Codec extends LZ4CompressionCodec {

  /** Called by Spark. */
  public SafeLz4Codec(SparkConf conf) {
    super(conf);
  }

  @Override
  public InputStream compressedInputStream(InputStream compressed) {
    return new LZ4BlockInputStream(compressed, LZ4Factory.safeInstance().fastDecompressor());
  }
}
// #endregion codec
