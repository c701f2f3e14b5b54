package countingstreams.testkit;

/**
 * A point of a batch's life at which a test can stop to look, or to crash. In the order of life.
 */
public enum Point {
  /** The streams were asked for the batch's RDDs; its jobs are not submitted yet. */
  AFTER_COMPUTE,
  /** An output operation has begun, and put out nothing yet. */
  JOB_RUNS,
  /** An output operation has put out all. */
  AFTER_OUTPUT,
  /** The batch's jobs are done; the checkpoint that says so is not written yet. */
  BATCH_DONE,
  /** The checkpoint that says that the batch is done is on disk. */
  COMPLETION_CHECKPOINT
}
