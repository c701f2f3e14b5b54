package countingstreams.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

class CrashImageTest {

  private static final int RENAMES = 500;

  @RepeatedTest(5)
  @DisplayName("An image is of one moment, though files are renamed while it is taken")
  void ofOneMoment(@TempDir Path folder) throws Exception {
    for (String file : List.of("a", "b", "c")) {
      Files.writeString(folder.resolve(file + 0), file);
    }
    CompletableFuture<Void> renaming = CompletableFuture.runAsync(() -> rename(folder));
    try (CrashImage image = CrashImage.of(folder, List.of(), 0)) {
      List<String> names = names(image.files());
      assertThat(names).extracting(name -> name.substring(0, 1)).containsExactly("a", "b", "c");
      // Renamed in turn: one that comes later is never ahead, nor behind by more than one.
      List<Integer> renames = names.stream().map(n -> Integer.valueOf(n.substring(1))).toList();
      assertThat(renames).isSortedAccordingTo(Comparator.reverseOrder());
      assertThat(renames.get(0) - renames.get(2)).isBetween(0, 1);
    }
    renaming.get();
  }

  private static void rename(Path folder) {
    try {
      for (int i = 0; i < RENAMES; i++) {
        for (String file : List.of("a", "b", "c")) {
          Files.move(folder.resolve(file + i), folder.resolve(file + (i + 1)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
