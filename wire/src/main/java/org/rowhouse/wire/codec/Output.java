package org.rowhouse.wire.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;

/** The bytes of one value, as they are written. */
final class Output {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_BIG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int VARIABLE_BYTES_MAX = 10;

    private byte[] bytes;
    private int length;
    private int depth;

    Output(int expected) {
        bytes = new byte[Math.max(expected, 16)];
    }

    byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    int length() {
        return length;
    }

    /** Goes into a record, list, map or union. */
    void enter() {
        if (++depth > CodecBounds.DEPTH_MAX) {
            throw new Trouble(
                    ErrorCode.TOO_LARGE,
                    "values are more than " + CodecBounds.DEPTH_MAX + " deep within each other");
        }
    }

    /** Leaves it. */
    void leave() {
        depth--;
    }

    void bool(boolean value) {
        int begin = claim(1);
        bytes[begin] = (byte) (value ? 1 : 0);
    }

    /** A whole number with a sign: small ones of either sign are short. */
    void whole(long value) {
        unsigned(value << 1 ^ value >> 63);
    }

    /** Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128). */
    void unsigned(long value) {
        ensure(VARIABLE_BYTES_MAX);
        byte[] to = bytes;
        int at = length;
        while ((value & ~0x7fL) != 0) {
            to[at++] = (byte) (value | 0x80);
            value >>>= 7;
        }
        to[at++] = (byte) value;
        length = at;
    }

    void f32(float value) {
        int begin = claim(Float.BYTES);
        INT.set(bytes, begin, Float.floatToRawIntBits(value));
    }

    void f64(double value) {
        int begin = claim(Double.BYTES);
        LONG.set(bytes, begin, Double.doubleToRawLongBits(value));
    }

    @SuppressWarnings(
            "deprecation") // getBytes(int, int, byte[], int): the only copy without an array
    // between
    void str(@Nullable String value) {
        if (value == null) {
            throw Trouble.absent();
        }
        int size = value.length();
        ensure(size + VARIABLE_BYTES_MAX);
        int before = length;
        unsigned(size);
        int begin = length;
        value.getBytes(0, size, bytes, begin);
        for (int i = 0; i < size; i++) {
            if (value.charAt(i) > 0x7f) {
                length = before;
                beyondAscii(value);
                return;
            }
        }
        length = begin + size;
    }

    private void beyondAscii(String value) {
        ByteBuffer encoded = ByteBuffer.allocate(Math.multiplyExact(value.length(), 3));
        CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
        if (encoder.encode(CharBuffer.wrap(value), encoded, true).isError()) {
            throw Trouble.output("a text holds half of a surrogate pair");
        }
        bytes(encoded.array(), encoded.position());
    }

    void bytes(byte[] value) {
        bytes(value, value.length);
    }

    private void bytes(byte[] value, int size) {
        unsigned(size);
        raw(value, size);
    }

    /** Bytes that were encoded before. */
    void raw(byte[] value) {
        raw(value, value.length);
    }

    private void raw(byte[] value, int size) {
        int begin = claim(size);
        System.arraycopy(value, 0, bytes, begin, size);
    }

    void uuid(UUID value) {
        int begin = claim(2 * Long.BYTES);
        LONG_BIG.set(bytes, begin, value.getMostSignificantBits());
        LONG_BIG.set(bytes, begin + Long.BYTES, value.getLeastSignificantBits());
    }

    void instant(Instant value) {
        whole(value.getEpochSecond());
        unsigned(value.getNano());
    }

    void duration(Duration value) {
        whole(value.getSeconds());
        unsigned(value.getNano());
    }

    void date(LocalDate value) {
        whole(value.toEpochDay());
    }

    void decimal(BigDecimal value) {
        byte[] digits = value.unscaledValue().toByteArray();
        if (digits.length > CodecBounds.DECIMAL_BYTES_MAX
                || Math.abs((long) value.scale()) > CodecBounds.DECIMAL_SCALE_MAX) {
            throw Trouble.output("a decimal has too many digits, or too large a scale");
        }
        whole(value.scale());
        bytes(digits);
    }

    private int claim(int size) {
        ensure(size);
        int begin = length;
        length = begin + size;
        return begin;
    }

    private void ensure(int size) {
        if (size > bytes.length - length) {
            grow(size);
        }
    }

    private void grow(int size) {
        long wanted = (long) length + size;
        if (wanted > CodecBounds.BYTES_MAX + (long) VARIABLE_BYTES_MAX) {
            throw tooLarge();
        }
        bytes = Arrays.copyOf(bytes, (int) Math.max(wanted, bytes.length * 2L));
    }

    static Trouble tooLarge() {
        return new Trouble(
                ErrorCode.TOO_LARGE,
                "more than "
                        + CodecBounds.BYTES_MAX
                        + " bytes would be written, the most of one value");
    }
}
