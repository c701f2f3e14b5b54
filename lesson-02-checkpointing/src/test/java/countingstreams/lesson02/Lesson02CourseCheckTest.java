package countingstreams.lesson02;

import countingstreams.testkit.CourseCheck;

/** Holds the exercises of lesson 2 together. */
class Lesson02CourseCheckTest extends CourseCheck {}
