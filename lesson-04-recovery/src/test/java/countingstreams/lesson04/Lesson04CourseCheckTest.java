package countingstreams.lesson04;

import countingstreams.testkit.CourseCheck;

/** Holds the exercises of lesson 4 together. */
class Lesson04CourseCheckTest extends CourseCheck {}
