package org.rowhouse.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Eight bytes of a region as one number, at an offset that is a multiple of 8; little-endian. Every
 * method is atomic; all errors are those of {@link Region}.
 */
public interface Cell {
    /** The offset of its first byte in the region. */
    long offset();

    /** Reads it. */
    long get();

    /** Writes it. */
    void set(long value);

    /**
     * Writes {@code next} if it holds {@code expected}.
     *
     * @return what it held: {@code expected} exactly if {@code next} was written
     */
    long compareAndExchange(long expected, long next);

    /** The same, but says only whether {@code next} was written. */
    default boolean compareAndSet(long expected, long next) {
        return compareAndExchange(expected, next) == expected;
    }

    /**
     * Adds, with wrap-around.
     *
     * @return what it held before
     */
    long fetchAdd(long delta);

    /** Watches it; {@link #value} makes numbers of what is told. */
    Watch watch();

    /** Reads it as a floating-point number. */
    default double getDouble() {
        return Double.longBitsToDouble(get());
    }

    /** Writes a floating-point number. */
    default void setDouble(double value) {
        set(Double.doubleToRawLongBits(value));
    }

    /** The number that a watch of a cell told. */
    static long value(Seen seen) {
        return ByteBuffer.wrap(seen.bytes()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
}
