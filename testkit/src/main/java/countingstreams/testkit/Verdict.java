package countingstreams.testkit;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;

/**
 * What an exercise's tests say of it.
 *
 * @param messages why it is wrong, or how far it is
 */
public record Verdict(Status status, List<String> messages) {

  /** Where the exercise stands. */
  public enum Status {
    DONE("done"),
    WRONG("wrong"),
    STARTED("started"),
    NOT_STARTED("not started"),
    DOES_NOT_COMPILE("does not compile"),
    NOT_RUN("not run");

    private final String text;

    Status(String text) {
      this.text = text;
    }

    /** Tells whether a test fails, or could not even be run. */
    public boolean isWrong() {
      return this == WRONG || this == DOES_NOT_COMPILE;
    }

    @JsonValue
    @Override
    public String toString() {
      return text;
    }
  }

  public Verdict {
    messages = List.copyOf(messages);
  }
}
