package org.rowhouse.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.rowhouse.wire.Operation;

/**
 * The requests and answers of memory's operations: fixed places, little-endian, so that neither
 * side makes anything of them but the array they are in, and a device needs no decoder.
 *
 * <pre>
 * open             asks u16 length, region; u16 length, who asks
 *                  gets u64 handle, u64 incarnation, u64 bytes, u32 verbs
 * read             asks u64 handle, u64 offset, u32 count
 *                  gets u64 version, bytes
 * write            asks u64 handle, u64 offset, u64 turn, bytes
 *                  gets u64 version
 * compare-and-set  asks u64 handle, u64 offset, u64 turn, i64 expected, i64 next
 *                  gets u64 version, i64 before
 * fetch-add        asks u64 handle, u64 offset, u64 turn, i64 delta
 *                  gets u64 version, i64 before
 * watch            is an exchange: asks as read does
 *                  gets items of u64 version, bytes
 * close            asks u64 handle
 *                  gets nothing
 * </pre>
 */
final class Frames {
    /** The schema of bytes whose form is told by the operation alone. */
    static final String BYTES = "bytes";

    static final Operation OPEN = operation("open");
    static final Operation READ = operation("read");
    static final Operation WRITE = operation("write");
    static final Operation COMPARE_AND_SET = operation("compare-and-set");
    static final Operation FETCH_ADD = operation("fetch-add");
    static final Operation WATCH = operation("watch");
    static final Operation CLOSE = operation("close");

    /** All of them. */
    static final List<Operation> ALL =
            List.of(OPEN, READ, WRITE, COMPARE_AND_SET, FETCH_ADD, WATCH, CLOSE);

    /** Where the handle, the offset, and what follows them stand in requests. */
    static final int HANDLE = 0;

    static final int OFFSET = 8;
    static final int COUNT = 16;
    static final int TURN = 16;
    static final int AFTER_TURN = 24;

    static final int READ_BYTES = 20;
    static final int COMPARE_AND_SET_BYTES = 40;
    static final int FETCH_ADD_BYTES = 32;
    static final int CLOSE_BYTES = 8;

    /** Where bytes follow the version in answers and items. */
    static final int VERSION_BYTES = 8;

    static final int CHANGED_BYTES = 16;
    static final int OPENED_BYTES = 28;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    /** What {@code open} asks. */
    record Opening(String region, String principal) {}

    private Frames() {}

    private static Operation operation(String name) {
        return new Operation("rowhouse.memory/" + name, BYTES, BYTES);
    }

    static long getLong(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    static void putLong(byte[] bytes, int at, long value) {
        LONGS.set(bytes, at, value);
    }

    static int getInt(byte[] bytes, int at) {
        return (int) INTS.get(bytes, at);
    }

    static void putInt(byte[] bytes, int at, int value) {
        INTS.set(bytes, at, value);
    }

    /**
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT
     */
    static void checkLength(byte[] request, int length) {
        if (request.length != length) {
            throw Refusals.malformed(request.length + " bytes instead of " + length);
        }
    }

    static byte[] opening(String region, String principal) {
        byte[] one = region.getBytes(StandardCharsets.UTF_8);
        byte[] other = principal.getBytes(StandardCharsets.UTF_8);
        byte[] request = new byte[4 + one.length + other.length];
        SHORTS.set(request, 0, (short) one.length);
        System.arraycopy(one, 0, request, 2, one.length);
        SHORTS.set(request, 2 + one.length, (short) other.length);
        System.arraycopy(other, 0, request, 4 + one.length, other.length);
        return request;
    }

    /**
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT
     */
    static Opening opening(byte[] request) {
        String region = text(request, 0);
        int at = 2 + lengthAt(request, 0);
        String principal = text(request, at);
        checkLength(request, at + 2 + lengthAt(request, at));
        return new Opening(region, principal);
    }

    private static int lengthAt(byte[] request, int at) {
        if (request.length - at < 2) {
            throw Refusals.malformed("a text is missing");
        }
        return (short) SHORTS.get(request, at) & 0xFFFF;
    }

    private static String text(byte[] request, int at) {
        int length = lengthAt(request, at);
        if (length > 4 * MemoryBounds.NAME_MAX || length > request.length - at - 2) {
            throw Refusals.malformed("a text of " + length + " bytes");
        }
        return new String(request, at + 2, length, StandardCharsets.UTF_8);
    }
}
