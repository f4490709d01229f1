package org.rowhouse.wire.codec;

import org.jspecify.annotations.Nullable;

/** Reads values of one schema into one shape. */
interface Decoding {
    /** Reads a value; null only where it may be absent. */
    @Nullable Object read(Input input);
}
