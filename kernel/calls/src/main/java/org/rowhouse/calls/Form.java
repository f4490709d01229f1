package org.rowhouse.calls;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** How values of one Java type go over. Safe for use by many threads. */
public interface Form {
    /** The schema of what {@link #encode} writes. */
    String schema();

    /**
     * The value as bytes.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_OUTPUT, TOO_LARGE
     */
    byte[] encode(@Nullable Object value);

    /**
     * The value of bytes that were written by another's schema.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_INPUT if the schemas do not fit, naming
     *     the fields, or the bytes do not fit their schema
     */
    @Nullable Object decode(byte[] bytes, String schema);

    /** Makes forms. */
    @FunctionalInterface
    interface Maker {
        /**
         * The form of a record's type; of {@code void}: nothing, which is null.
         *
         * @throws org.rowhouse.api.RowhouseException INVALID_COMPONENT for a type that has none
         */
        Form of(Type type);
    }
}
