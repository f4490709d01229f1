package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which interfaces other components may call this class by. The class implements them, is
 * public, and has a public constructor without parameters; one instance of it serves all callers,
 * many at once.
 *
 * <p>An operation of such an interface takes nothing or one record, and after it perhaps a {@link
 * java.util.stream.Stream} of records; it returns nothing, one record, or a stream of records.
 * Records go over by value, and streams item by item, as fast as the other side takes them. Callers
 * have their own copy of the interface and of its records; the interface is known by its full name,
 * the fields by theirs, so that fields may be added on either side.
 *
 * @see Components#of
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Serves {
    /** The interfaces, at least one. */
    Class<?>[] value();
}
