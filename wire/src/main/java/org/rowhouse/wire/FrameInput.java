package org.rowhouse.wire;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Cuts the bytes of a connection into frames.
 *
 * <p>Owned by whoever reads the connection; the buffer begins small and never holds more than one
 * frame of the longest kind. A frame that breaks a rule is a {@link ProtocolError} before its body
 * is awaited, so a length never reserves memory beyond the limit.
 */
final class FrameInput {
    private static final int FIRST_BYTES = 16 << 10;
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final int frameBytesMax;
    private byte[] bytes = new byte[FIRST_BYTES];
    private ByteBuffer view = ByteBuffer.wrap(bytes);
    private int start;
    private int end;
    private int wantedBytes;

    /** An input for bodies of at most so many bytes. */
    FrameInput(int frameBytesMax) {
        this.frameBytesMax = frameBytesMax;
    }

    /**
     * Takes what a transport has, without waiting, and hands over every frame that is complete.
     *
     * @return how many bytes came; -1 if the peer has ended
     */
    int pump(Transport transport, Frame.Taker taker) throws IOException {
        int read = fill(transport);
        if (read > 0) {
            while (next(taker)) {
                // Each frame is handled as it is found.
            }
        }
        return read;
    }

    /** Takes what a transport has, without waiting; frames wait for {@link #next}. */
    int fill(Transport transport) throws IOException {
        makeRoom();
        view.limit(bytes.length).position(end);
        int read = transport.read(view);
        if (read > 0) {
            end += read;
        }
        return read;
    }

    /** Whether a frame has begun and is not complete. */
    boolean midway() {
        return end > start;
    }

    /**
     * Hands over the next frame if it is complete.
     *
     * @return false if it is not
     */
    boolean next(Frame.Taker taker) throws ProtocolError {
        int available = end - start;
        if (available < Frame.HEADER_BYTES) {
            wantedBytes = Frame.HEADER_BYTES;
            return false;
        }
        int lengthBytes = (int) INT.get(bytes, start);
        int kind = bytes[start + 4];
        int flags = bytes[start + 5];
        check(lengthBytes, kind, flags);
        int whole = Frame.HEADER_BYTES + lengthBytes;
        if (available < whole) {
            wantedBytes = whole;
            return false;
        }
        int operation = Short.toUnsignedInt((short) SHORT.get(bytes, start + 6));
        int exchange = (int) INT.get(bytes, start + 8);
        int at = start + Frame.HEADER_BYTES;
        start += whole;
        taker.take(kind, flags, operation, exchange, bytes, at, lengthBytes);
        return true;
    }

    private void check(int lengthBytes, int kind, int flags) throws ProtocolError {
        int allowed = Frame.flagsOf(kind);
        if (allowed < 0) {
            throw new ProtocolError("A frame is of the unknown kind " + (kind & 0xff) + ".");
        }
        if ((flags & ~allowed) != 0) {
            throw new ProtocolError(
                    "A frame of kind " + kind + " has the unknown flags " + (flags & 0xff) + ".");
        }
        if (lengthBytes < 0 || lengthBytes > frameBytesMax) {
            throw new ProtocolError(
                    "A frame announces "
                            + Integer.toUnsignedString(lengthBytes)
                            + " bytes; the limit is "
                            + frameBytesMax
                            + ".");
        }
    }

    private void makeRoom() {
        if (start == end) {
            start = 0;
            end = 0;
        }
        int needed = Math.max(wantedBytes, FIRST_BYTES / 2);
        if (bytes.length - start >= needed && end < bytes.length) {
            return;
        }
        byte[] before = bytes;
        if (bytes.length < needed) {
            bytes = new byte[Math.max(needed, Math.min(2 * bytes.length, frameBytesMax))];
            view = ByteBuffer.wrap(bytes);
        }
        System.arraycopy(before, start, bytes, 0, end - start);
        end -= start;
        start = 0;
    }
}
