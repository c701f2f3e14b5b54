package countingstreams.structured;

import countingstreams.testkit.CourseCheck;

/** Holds the exercises of Structured Streaming together. */
class StructuredCourseCheckTest extends CourseCheck {}
