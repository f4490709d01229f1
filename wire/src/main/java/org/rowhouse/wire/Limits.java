package org.rowhouse.wire;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * What one side takes at most; the other keeps to it.
 *
 * @param frameBytes longest body of a frame
 * @param messageBytes longest request, reply or item, joined
 * @param exchanges how many calls and exchanges it lets be under way
 * @param windowBytes credit that an exchange begins with
 */
record Limits(int frameBytes, int messageBytes, int exchanges, int windowBytes) {
    static final int BYTES = 16;

    /** What Rowhouse takes. */
    static final Limits OWN =
            new Limits(
                    WireBounds.FRAME_BYTES_MAX,
                    WireBounds.MESSAGE_BYTES_MAX,
                    WireBounds.CALLS_MAX,
                    WireBounds.WINDOW_BYTES);

    void write(ByteBuffer to) {
        to.putInt(frameBytes).putInt(messageBytes).putInt(exchanges).putInt(windowBytes);
    }

    /**
     * Reads a peer's limits.
     *
     * @throws ProtocolError if one of them is out of range
     */
    static Limits read(ByteBuffer from) throws ProtocolError, BufferUnderflowException {
        Limits limits = new Limits(from.getInt(), from.getInt(), from.getInt(), from.getInt());
        if (limits.frameBytes < WireBounds.LIMIT_BYTES_MIN
                || limits.frameBytes > WireBounds.FRAME_BYTES_MAX
                || limits.messageBytes < WireBounds.LIMIT_BYTES_MIN
                || limits.messageBytes > WireBounds.MESSAGE_BYTES_MAX
                || limits.exchanges < 1
                || limits.windowBytes < WireBounds.LIMIT_BYTES_MIN) {
            throw new ProtocolError("A limit of the peer is out of range: " + limits + ".");
        }
        return limits;
    }
}
