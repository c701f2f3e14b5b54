package countingstreams.lesson01;

import countingstreams.testkit.CourseCheck;

/** Holds the exercises of lesson 1 together. */
class Lesson01CourseCheckTest extends CourseCheck {}
