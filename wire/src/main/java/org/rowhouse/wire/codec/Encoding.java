package org.rowhouse.wire.codec;

import org.jspecify.annotations.Nullable;

/** Writes values of one shape. */
interface Encoding {
    /** Writes a value; null only where it may be absent. */
    void write(Output output, @Nullable Object value);
}
