package org.rowhouse.wire;

import java.util.Arrays;

/** Bytes that come in several frames, until the last one. Used by the reading thread. */
final class Joining {
    private byte[] bytes = new byte[0];
    private int size;

    /** Adds a frame's bytes. */
    void add(byte[] from, int at, int lengthBytes) {
        if (bytes.length - size < lengthBytes) {
            bytes = Arrays.copyOf(bytes, Math.max(size + lengthBytes, 2 * bytes.length));
        }
        System.arraycopy(from, at, bytes, size, lengthBytes);
        size += lengthBytes;
    }

    int size() {
        return size;
    }

    /** All of it; this object is of no use afterwards. */
    byte[] take() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
