package countingstreams.structured01;

import org.junit.jupiter.api.Test;

class CountingQueryTest {
  @Test
  void t() {
    CountingQuery.main(
        new String[] {
          "--batches", "3", "--numbers", "6", "--partitions", "4", "--interval", "100"
        });
  }
}
