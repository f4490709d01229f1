package org.rowhouse.api.spi;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** Turns values into JSON text and back. Safe for use by many threads. */
public interface Codec {
    /**
     * The value as JSON; {@code null} becomes {@code null} the JSON word.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_OUTPUT if the value cannot be written
     */
    String encode(@Nullable Object value);

    /**
     * The value that the JSON describes. Unknown fields, missing primitive fields and wrong types
     * are refused.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_INPUT, naming the field
     */
    @Nullable Object decode(String json, Type type);
}
