package countingstreams.lesson05.exercises;

import countingstreams.lesson01.CountingDStream;
import countingstreams.lesson05.exercises.WhichStorageLevel.Needs;
import countingstreams.testkit.BatchRunner;
import countingstreams.testkit.Exercise;
import countingstreams.testkit.StoredBlock;
import countingstreams.testkit.Transcript;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.BlockStatus;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@Exercise(
    id = "5.2",
    title = "Which storage level",
    task = "Choose the storage level that does what is needed, and no more.",
    solves = WhichStorageLevel.class,
    page = "lesson-05-caching",
    hints = {
      "A storage level is no more than five answers: on disk? in memory? off the heap? as objects? how many"
          + " copies? Which of the needs gives which answer?",
      "MEMORY_ONLY leaves out what does not fit, and it is computed again. MEMORY_AND_DISK writes it to"
          + " disk. _SER keeps bytes in memory, and _2 has two copies. What is on disk is bytes anyway. And"
          + " NONE is a level, too.",
      "NONE if there is one reader. Otherwise StorageLevels.create(disk, memory, false, objects, copies), in"
          + " which the disk is used if nothing may be computed again."
    })
@SuppressWarnings("deprecation") // DStreams are legacy, and our subject
class WhichStorageLevelTest {

  private static final int ELEMENTS = 10;
  private static final int BYTES = 1 << 18;
  private static final int PARTITIONS = 2;

  /** Room for one of two partitions, each of five elements. */
  private static final int MEMORY = 8 * BYTES;

  /** Executors are threads of this JVM: they count here. */
  private static final AtomicInteger COMPUTED = new AtomicInteger();

  private static final List<Kept> KEPT = new CopyOnWriteArrayList<>();

  /** What became of an RDD, once all have read it: computed elements, and blocks. */
  private record Kept(
      Needs needs, StorageLevel level, int computed, int objects, int bytes, int disk) {

    String line(int batch) {
      if (computed == 0) {
        return "batch %d | no such level".formatted(batch);
      }
      return "batch %d | %d computed, %d+%d+%d blocks%s"
          .formatted(
              batch,
              computed,
              objects,
              bytes,
              disk,
              (objects + bytes + disk == 0 ? "" : ", copies: " + level.replication())
                  + (level.useOffHeap() ? ", off the heap" : ""));
    }

    String why() {
      if (level == null) {
        return "levelFor returned null. To keep nothing is a level, too: NONE.";
      }
      if (computed == 0) {
        return "A level that uses neither memory nor disk, and is not NONE. Spark can't store a block there: each"
            + " job would fail. (Two copies of nothing are not NONE.)";
      }
      if (level.useOffHeap()) {
        return "Off the heap is memory, too, which nobody asked for; and there is none of it unless"
            + " spark.memory.offHeap.size says so: then everything goes to disk.";
      }
      if (objects + bytes + disk > 0 && needs.readers() == 1) {
        return "Nobody reads it a second time, and it is kept: that takes room, and helps nobody.";
      }
      if (objects + bytes > 0 && !needs.memory()) {
        return "It takes memory, and may not: others need it. A level that has the memory takes what it gets,"
            + " be it as bytes.";
      }
      if (disk > 0 && needs.again()) {
        return "Some of it was written to disk. To compute it again is allowed, so that nothing need be: a level"
            + " that has the disk writes there what has no room in memory.";
      }
      if (computed > ELEMENTS && !needs.again()) {
        return "Elements were computed more than once, and must not be: the memory has room for one partition of"
            + " two. A level without the disk leaves the other one out, and each reader computes it again.";
      }
      if (needs.memory() && needs.readers() > 1 && objects + bytes == 0) {
        return "Nothing of it is in memory, and it may be: readers wait for the disk, or compute it again.";
      }
      if (bytes > 0 && needs.objects()) {
        return "It is in memory as bytes, and readers are to find objects: each of them has to deserialize it.";
      }
      if (objects > 0 && !needs.objects()) {
        return "It is in memory as objects, and is to take as little memory as it can: that is as bytes. (A"
            + " java.lang.Long takes 28 bytes there, and half of it serialized.)";
      }
      if (objects + bytes + disk > 0 && level.replication() < needs.copies()) {
        return "Each partition that is kept is on one executor only. If that one dies, it is computed again.";
      }
      if (objects + bytes + disk > 0 && level.replication() > needs.copies()) {
        return "Each partition that is kept is on two executors, and one was asked for: it takes twice the room,"
            + " and is sent to another machine before the task is done.";
      }
      return "";
    }
  }

  @BeforeEach
  void forget() {
    KEPT.clear();
  }

  @Test
  void doesWhatIsNeeded() {
    List<Needs> all = needs();
    try (BatchRunner runner =
        BatchRunner.of(
                (context, output) ->
                    new CountingDStream(context, ELEMENTS, PARTITIONS)
                        .asJava()
                        .foreachRDD(
                            (batch, time) -> {
                              int number = (int) (time.milliseconds() / BatchRunner.INTERVAL_MS);
                              KEPT.add(keep(all.get(number - 1), batch));
                            }))
            .with("spark.master", "local[1]") // one task at a time: its order is certain
            .with("spark.testing.memory", String.valueOf(MEMORY))
            .with("spark.testing.reservedMemory", "0")
            .with("spark.memory.fraction", "1")
            .with("spark.storage.unrollMemoryThreshold", String.valueOf(BYTES / 4))
            .start()) {
      runner.run(all.size());
    }
    List<String> lines = new ArrayList<>();
    List<String> whys = new ArrayList<>();
    for (Kept kept : KEPT) {
      lines.add(kept.line(lines.size() + 1));
      if (!kept.why().isEmpty()) {
        whys.add("For %s you chose %s. %s".formatted(kept.needs(), kept.level(), kept.why()));
      }
    }
    try {
      Transcript.assertMatches("which-storage-level", lines);
    } catch (AssertionError e) {
      throw new AssertionError(
          "%s%n%nA batch for each of the needs: elements computed, and blocks as objects + as bytes + on disk.%n%s"
              .formatted(whys.isEmpty() ? "" : whys.get(0), e.getMessage()),
          e);
    }
  }

  /** One, two and three readers; in the case of three, each combination. */
  private static List<Needs> needs() {
    List<Needs> all = new ArrayList<>();
    for (boolean memory : List.of(true, false)) {
      for (boolean again : List.of(true, false)) {
        for (boolean objects : List.of(true, false)) {
          for (int copies : List.of(1, 2)) {
            all.add(new Needs(3, memory, again, objects, copies));
          }
        }
      }
    }
    all.add(new Needs(2, true, false, true, 1));
    all.add(new Needs(2, false, false, false, 2));
    all.add(new Needs(1, true, false, true, 1));
    all.add(new Needs(1, true, true, false, 2));
    all.add(new Needs(1, false, false, true, 1));
    return all;
  }

  /** Keeps an RDD as the learner says, has it read, and looks. */
  private static Kept keep(Needs needs, JavaRDD<Long> numbers) {
    StorageLevel level = WhichStorageLevel.levelFor(needs);
    if (level == null || (!level.isValid() && !level.equals(StorageLevel.NONE()))) {
      return new Kept(needs, level, 0, 0, 0, 0);
    }
    COMPUTED.set(0);
    JavaRDD<byte[]> elements = numbers.map(WhichStorageLevelTest::element).persist(level);
    for (int reader = 0; reader < needs.readers(); reader++) {
      elements.count();
    }
    int objects = 0;
    int bytes = 0;
    int disk = 0;
    for (BlockStatus block : blocks(elements.id())) {
      boolean inMemory = block.storageLevel().useMemory();
      objects += inMemory && block.storageLevel().deserialized() ? 1 : 0;
      bytes += inMemory && !block.storageLevel().deserialized() ? 1 : 0;
      disk += block.diskSize() > 0 ? 1 : 0;
    }
    elements.unpersist(true);
    return new Kept(needs, level, COMPUTED.get(), objects, bytes, disk);
  }

  private static byte[] element(long number) {
    COMPUTED.incrementAndGet();
    return new byte[BYTES];
  }

  private static List<BlockStatus> blocks(int rddId) {
    return BatchRunner.storedBlocks().stream()
        .filter(block -> block.rdd() == rddId)
        .map(StoredBlock::status)
        .toList();
  }
}
