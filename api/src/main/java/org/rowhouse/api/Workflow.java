package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a public method as a workflow: a function whose {@linkplain Task#step steps} are recorded.
 * After a crash, or after a long wait, it runs again from its beginning and finds the recorded
 * results, so its code between steps must do the same thing each time: no clocks, random numbers or
 * effects outside a step.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Workflow {
    /** The function's name; the method's name when empty. */
    String value() default "";

    /**
     * Longest time from start to end, as in {@code 30s}; none when empty. Children inherit what is
     * left of it.
     */
    String timeout() default "";
}
