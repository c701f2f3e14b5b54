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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashImageTest {

  private static final int FILES = 50;
  private static final int ROUNDS = 200;

  @Test
  @DisplayName("An image is of one moment, though files are renamed while it is taken")
  void ofOneMoment(@TempDir Path folder) throws Exception {
    for (int file = 0; file < FILES; file++) {
      Files.createFile(name(folder, file, 0));
    }
    CompletableFuture<Void> renaming = CompletableFuture.runAsync(() -> rename(folder));
    do {
      try (CrashImage image = new CrashImage(CrashImage.copy(folder), List.of(), 0, "")) {
        List<Integer> rounds = rounds(image.files());
        assertThat(rounds).as("each file is there, once").hasSize(FILES);
        assertThat(rounds).as("in turn").isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(rounds.get(0) - rounds.get(FILES - 1)).isBetween(0, 1);
      }
    } while (!renaming.isDone());
    renaming.get();
  }

  /** Renames all files in turn, round after round. */
  private static void rename(Path folder) {
    try {
      for (int round = 0; round < ROUNDS; round++) {
        for (int file = 0; file < FILES; file++) {
          Files.move(name(folder, file, round), name(folder, file, round + 1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path name(Path folder, int file, int round) {
    return folder.resolve("%02d-%d".formatted(file, round));
  }

  /** Returns how often each file was renamed. */
  private static List<Integer> rounds(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .sorted()
          .map(name -> Integer.valueOf(name.split("-")[1]))
          .toList();
    }
  }
}
