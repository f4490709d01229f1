package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a public method as a function: one task runs it from its beginning to its end. It takes
 * nothing or one record, and returns nothing or one record. After a crash it runs again from its
 * beginning: at least once.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Function {
    /** The function's name; the method's name when empty. */
    String value() default "";

    /** How often the function is tried when it throws, at least 1. */
    int attempts() default 1;

    /**
     * Pause before the second try, as in {@code 500ms}, {@code 2s}, {@code 5m}; doubled for each
     * further one.
     */
    String backOff() default "1s";

    /**
     * Longest time from start to end, as in {@code 30s}; none when empty. Children inherit what is
     * left of it.
     */
    String timeout() default "";
}
