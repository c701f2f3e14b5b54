package countingstreams.lesson03;

import countingstreams.testkit.CourseCheck;

/** Holds the exercises of lesson 3 together. */
class Lesson03CourseCheckTest extends CourseCheck {}
