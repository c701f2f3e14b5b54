package countingstreams.benchmarks;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;

/** The files that have come into a folder since it was last asked, with those in its folders. */
final class NewFiles extends SimpleFileVisitor<Path> {

  private final Path folder;
  private final Set<Path> known = new HashSet<>();
  private long bytes;

  NewFiles(Path folder) {
    this.folder = folder;
  }

  /** Returns how many bytes they have. */
  long bytes() throws IOException {
    bytes = 0;
    Files.walkFileTree(folder, this);
    return bytes;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    if (known.add(file)) {
      bytes += attributes.size();
    }
    return FileVisitResult.CONTINUE;
  }

  /** The engine deletes files meanwhile. */
  @Override
  public FileVisitResult visitFileFailed(Path file, IOException e) {
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult postVisitDirectory(Path folder, IOException e) {
    return FileVisitResult.CONTINUE;
  }
}
