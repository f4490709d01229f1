package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What tasks of a function or workflow need of the node that runs them, unless a start says
 * otherwise. Without it they need nothing in particular.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
    /** Processor cores; fractions count in thousandths. */
    double cores() default 0;

    /** Memory in MiB. */
    long memoryMib() default 0;

    /** How many devices. */
    int devices() default 0;

    /** How much of the device, above 0 and at most 1; less than 1 only of a single one. */
    double share() default 1;

    /** Kind of the devices. */
    String deviceClass() default Need.GPU;

    /** Models of device that will do; empty: any. */
    String[] models() default {};

    /** Labels that the node must have. */
    String[] labels() default {};

    /** The node's tier; empty: any. */
    String tier() default "";

    /** Names of the data it reads, for policies that move a task to its data. */
    String[] reads() default {};
}
