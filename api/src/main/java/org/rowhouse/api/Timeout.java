package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How long a call of an operation may take, unless the cluster has another value for it in a row;
 * 30 s without this. A caller whose own task or call must end sooner waits no longer than that. Of
 * a stream it is the longest silence between two items.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Timeout {
    /** As in {@code 500ms}, {@code 2s}, {@code 5m}; at least 1 ms, at most 24 h. */
    String value();
}
