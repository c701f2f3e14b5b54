package countingstreams.lesson05;

import countingstreams.testkit.CourseCheck;

/** Holds the exercises of lesson 5 together. */
class Lesson05CourseCheckTest extends CourseCheck {}
