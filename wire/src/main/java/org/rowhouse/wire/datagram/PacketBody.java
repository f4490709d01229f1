package org.rowhouse.wire.datagram;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a packet says, after its header. Little-endian; see docs/protocol.md.
 *
 * <pre>
 * u8 flags
 * ACKNOWLEDGES: u64 bytes are taken before this offset; u64 newest number;
 *               u32 microseconds since it came; u8 ranges; for each:
 *               [u32 missing numbers before it, not in the first] u32 numbers in it less one
 * END:          u64 offset at which the stream ends
 * BYTES:        u64 offset; the rest of the body
 * </pre>
 */
final class PacketBody {
    static final int ACKNOWLEDGES = 1;
    static final int BYTES = 2;
    static final int END = 4;

    /** Asks for an acknowledgement. */
    static final int ASKS = 8;

    /** The stream is given up; nothing more comes. */
    static final int ABORT = 16;

    private static final int KNOWN = ACKNOWLEDGES | BYTES | END | ASKS | ABORT;

    private PacketBody() {}

    /** Who takes what a packet says; each gives false if it cannot be true. */
    interface Reader {
        boolean takes(long offset);

        boolean acknowledged(long from, long to, long delayNs);

        void acknowledgedAll();

        boolean ends(long offset);

        boolean bytes(long offset, ByteBuffer bytes);
    }

    /** Reads a body; gives its flags, or -1 if it is malformed. */
    static int read(ByteBuffer body, Reader reader) {
        if (!body.hasRemaining()) {
            return -1;
        }
        int flags = body.get();
        if ((flags & ~KNOWN) != 0) {
            return -1;
        }
        if ((flags & ACKNOWLEDGES) != 0 && !readAcknowledgement(body, reader)) {
            return -1;
        }
        if ((flags & END) != 0 && (body.remaining() < 8 || !reader.ends(body.getLong()))) {
            return -1;
        }
        if ((flags & BYTES) != 0) {
            return body.remaining() >= 8 && reader.bytes(body.getLong(), body) ? flags : -1;
        }
        return body.hasRemaining() ? -1 : flags;
    }

    private static boolean readAcknowledgement(ByteBuffer body, Reader reader) {
        if (body.remaining() < 8 + 8 + 4 + 1 + 4 || !reader.takes(body.getLong())) {
            return false;
        }
        long to = body.getLong();
        long delayNs = Integer.toUnsignedLong(body.getInt()) * 1_000L;
        int ranges = Byte.toUnsignedInt(body.get());
        if (ranges == 0 || body.remaining() < 8 * ranges - 4) {
            return false;
        }
        for (int i = 0; i < ranges; i++) {
            if (i > 0) {
                to -= Integer.toUnsignedLong(body.getInt());
            }
            long from = to - Integer.toUnsignedLong(body.getInt());
            if (from < 0 || !reader.acknowledged(from, to, i == 0 ? delayNs : -1)) {
                return false;
            }
            to = from - 1;
        }
        reader.acknowledgedAll();
        return true;
    }

    /** Writes an acknowledgement of all that has come. */
    static void acknowledge(ByteBuffer body, long takes, Numbers seen, long delayNs) {
        body.putLong(takes);
        body.putLong(seen.to(0));
        body.putInt((int) Math.min(delayNs / 1_000L, 0xFFFF_FFFFL));
        int ranges = Math.min(seen.count(), DatagramBounds.RANGES_MAX);
        body.put((byte) ranges);
        long before = 0;
        for (int i = 0; i < ranges; i++) {
            if (i > 0) {
                body.putInt((int) (before - 1 - seen.to(i)));
            }
            body.putInt((int) (seen.to(i) - seen.from(i)));
            before = seen.from(i);
        }
    }

    /** A name as it stands in an opening. */
    static @Nullable String name(ByteBuffer from) {
        if (!from.hasRemaining()) {
            return null;
        }
        int length = Byte.toUnsignedInt(from.get());
        if (from.remaining() < length) {
            return null;
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }
}
