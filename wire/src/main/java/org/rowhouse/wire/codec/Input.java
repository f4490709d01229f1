package org.rowhouse.wire.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.UUID;
import org.rowhouse.api.ErrorCode;

/**
 * The bytes of one value, read from the front. Every method refuses what a writer would not have
 * written, and nothing is allocated for a length that the bytes left do not bear out.
 */
final class Input {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_BIG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private int at;
    private int depth;

    Input(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Refuses bytes that are left over. */
    void end() {
        if (at < bytes.length) {
            throw Trouble.input((bytes.length - at) + " bytes are left over");
        }
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

    boolean bool() {
        byte value = bytes[claim(1)];
        if (value != 0 && value != 1) {
            throw Trouble.input("a byte that must be 0 or 1 is " + value);
        }
        return value != 0;
    }

    /** The byte that stands for a record without fields. */
    void zero() {
        if (bytes[claim(1)] != 0) {
            throw Trouble.input("a byte that must be 0 is not");
        }
    }

    /** A whole number with a sign. */
    long whole() {
        long value = unsigned();
        return value >>> 1 ^ -(value & 1);
    }

    byte i8() {
        return (byte) whole(Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    short i16() {
        return (short) whole(Short.MIN_VALUE, Short.MAX_VALUE);
    }

    int i32() {
        return whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private int whole(int smallest, int largest) {
        long value = whole();
        if (value < smallest || value > largest) {
            throw range(value);
        }
        return (int) value;
    }

    static Trouble range(long value) {
        return Trouble.input("the number " + value + " is too large for its type");
    }

    float f32() {
        return Float.intBitsToFloat((int) INT.get(bytes, claim(Float.BYTES)));
    }

    double f64() {
        return Double.longBitsToDouble((long) LONG.get(bytes, claim(Double.BYTES)));
    }

    String str() {
        int length = count(1);
        int begin = claim(length);
        for (int i = begin; i < begin + length; i++) {
            if (bytes[i] < 0) {
                return beyondAscii(begin, length);
            }
        }
        return new String(bytes, begin, length, StandardCharsets.ISO_8859_1);
    }

    private String beyondAscii(int begin, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, begin, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Trouble.input("a text is not UTF-8");
        }
    }

    byte[] bytes() {
        int length = count(1);
        int begin = claim(length);
        return Arrays.copyOfRange(bytes, begin, begin + length);
    }

    UUID uuid() {
        int begin = claim(2 * Long.BYTES);
        return new UUID(
                (long) LONG_BIG.get(bytes, begin), (long) LONG_BIG.get(bytes, begin + Long.BYTES));
    }

    Instant instant() {
        long seconds = whole();
        try {
            return Instant.ofEpochSecond(seconds, nanos());
        } catch (DateTimeException e) {
            throw range(seconds);
        }
    }

    Duration duration() {
        return Duration.ofSeconds(whole(), nanos());
    }

    private int nanos() {
        long nanos = unsigned();
        if (nanos < 0 || nanos > 999_999_999) {
            throw range(nanos);
        }
        return (int) nanos;
    }

    LocalDate date() {
        long day = whole();
        try {
            return LocalDate.ofEpochDay(day);
        } catch (DateTimeException e) {
            throw range(day);
        }
    }

    BigDecimal decimal() {
        int scale = whole(-CodecBounds.DECIMAL_SCALE_MAX, CodecBounds.DECIMAL_SCALE_MAX);
        byte[] digits = bytes();
        if (digits.length > CodecBounds.DECIMAL_BYTES_MAX) {
            throw Trouble.input("a decimal has too many digits");
        }
        if (digits.length == 0 || (digits.length > 1 && digits[0] == digits[1] >> 7)) {
            throw Trouble.input("a decimal is not in its shortest form");
        }
        return new BigDecimal(new BigInteger(digits), scale);
    }

    /**
     * How many things follow.
     *
     * @param least the bytes that each takes at least, 1 or more
     */
    int count(int least) {
        long count = unsigned();
        if (count < 0 || count > (bytes.length - at) / least) {
            throw Trouble.input(
                    "it tells of "
                            + Long.toUnsignedString(count)
                            + " more, but only "
                            + (bytes.length - at)
                            + " bytes are left");
        }
        return (int) count;
    }

    /**
     * The position of a constant or alternative.
     *
     * @param size how many there are
     */
    int choice(int size) {
        long choice = unsigned();
        if (choice < 0 || choice >= size) {
            throw Trouble.input(
                    "choice " + Long.toUnsignedString(choice) + " is none of the " + size);
        }
        return (int) choice;
    }

    void skip(int length) {
        claim(length);
    }

    private int claim(int length) {
        int begin = at;
        if (length > bytes.length - begin) {
            throw Trouble.input("the bytes end too early");
        }
        at = begin + length;
        return begin;
    }

    /** Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128). */
    private long unsigned() {
        int here = at;
        if (here < bytes.length && bytes[here] >= 0) {
            at = here + 1;
            return bytes[here];
        }
        return unsignedLong();
    }

    private long unsignedLong() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte next = bytes[claim(1)];
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                if (next == 0 || (shift == 63 && next != 1)) {
                    break;
                }
                return value;
            }
        }
        throw Trouble.input("a number is not in its shortest form, or longer than 64 bits");
    }
}
