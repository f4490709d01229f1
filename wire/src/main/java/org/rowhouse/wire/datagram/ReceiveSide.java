package org.rowhouse.wire.datagram;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one side receives: bytes of the stream wherever they fall, given out in order. Bounded by
 * {@link DatagramBounds#RECEIVE_BUFFER_BYTES}. Not safe for several threads.
 */
final class ReceiveSide {
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final byte[] buffer = new byte[DatagramBounds.RECEIVE_BUFFER_BYTES];
    private final TreeMap<Long, Long> later = new TreeMap<>();
    private long readTo;
    private long wholeTo;
    private long endsAt = UNKNOWN;
    private long announced = DatagramBounds.RECEIVE_BUFFER_BYTES;

    /**
     * Bytes have come, perhaps for the second time.
     *
     * @return false if they lie where none may be: the peer does not keep to the rules
     */
    boolean take(long offset, ByteBuffer bytes) {
        long to = offset + bytes.remaining();
        if (offset < 0 || to < offset || to > readTo + buffer.length || to > endsAt) {
            return false;
        }
        if (to <= wholeTo) {
            return true;
        }
        if (offset < wholeTo) {
            bytes.position(bytes.position() + (int) (wholeTo - offset));
            offset = wholeTo;
        }
        copy(offset, bytes);
        if (offset == wholeTo) {
            wholeTo = to;
        } else {
            keep(offset, to);
        }
        join();
        return true;
    }

    private void copy(long offset, ByteBuffer bytes) {
        int at = (int) (offset % buffer.length);
        int length = bytes.remaining();
        int first = Math.min(length, buffer.length - at);
        bytes.get(buffer, at, first);
        bytes.get(buffer, 0, length - first);
    }

    private void keep(long from, long to) {
        Map.Entry<Long, Long> before = later.floorEntry(from);
        if (before != null && before.getValue() >= from) {
            from = before.getKey();
            to = Math.max(to, before.getValue());
        }
        for (Map.Entry<Long, Long> after = later.ceilingEntry(from);
                after != null && after.getKey() <= to;
                after = later.ceilingEntry(from)) {
            to = Math.max(to, after.getValue());
            later.remove(after.getKey());
        }
        later.put(from, to);
    }

    private void join() {
        while (!later.isEmpty() && later.firstKey() <= wholeTo) {
            wholeTo = Math.max(wholeTo, later.pollFirstEntry().getValue());
        }
    }

    /** The stream ends at this offset; false if it has ended elsewhere or bytes lie behind it. */
    boolean end(long offset) {
        long seen = later.isEmpty() ? wholeTo : Math.max(wholeTo, later.lastEntry().getValue());
        if (endsAt != UNKNOWN ? endsAt != offset : offset < seen) {
            return false;
        }
        endsAt = offset;
        return true;
    }

    /** Gives bytes out; how many, -1 at the end. */
    int read(ByteBuffer into) {
        int length = (int) Math.min(into.remaining(), wholeTo - readTo);
        if (length == 0) {
            return readTo == endsAt ? -1 : 0;
        }
        int at = (int) (readTo % buffer.length);
        int first = Math.min(length, buffer.length - at);
        into.put(buffer, at, first);
        into.put(buffer, 0, length - first);
        readTo += length;
        return length;
    }

    /** How many bytes a read would give. */
    int waiting() {
        return (int) (wholeTo - readTo);
    }

    /** Whether a read would give something. */
    boolean ready() {
        return wholeTo > readTo || readTo == endsAt;
    }

    /** Bytes before this offset are taken. */
    long takes() {
        announced = readTo + buffer.length;
        return announced;
    }

    /** Whether so much was read that the peer should hear of it. */
    boolean newRoom() {
        return readTo + buffer.length - announced >= buffer.length / 4;
    }
}
