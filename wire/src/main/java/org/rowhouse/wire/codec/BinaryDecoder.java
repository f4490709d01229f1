package org.rowhouse.wire.codec;

import org.jspecify.annotations.Nullable;

/** Reads what one writer wrote. Made once for a writer's schema; safe for use by many threads. */
public final class BinaryDecoder<T extends @Nullable Object> {
    private final String name;
    private final Decoding decoding;

    BinaryDecoder(String name, Decoding decoding) {
        this.name = name;
        this.decoding = decoding;
    }

    /**
     * Reads a value, which may come from anyone. Memory is taken in proportion to the bytes.
     *
     * @return the value; lists and maps in it cannot be changed
     * @throws org.rowhouse.api.RowhouseException INVALID_INPUT with the path to the field;
     *     TOO_LARGE
     */
    @SuppressWarnings({"unchecked", "NullAway"}) // decodes what T stands for, null included
    public T decode(byte[] bytes) {
        if (bytes.length > CodecBounds.BYTES_MAX) {
            throw Output.tooLarge().told(name + " cannot be read");
        }
        try {
            Input input = new Input(bytes);
            T value = (T) decoding.read(input);
            input.end();
            return value;
        } catch (Trouble e) {
            throw e.told(name + " cannot be read");
        }
    }
}
