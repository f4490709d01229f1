package org.rowhouse.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Errors and names as bytes. */
final class Texts {
    private static final Map<Integer, ErrorCode> CODES = new HashMap<>();

    static {
        for (ErrorCode code : ErrorCode.values()) {
            CODES.put(code.number(), code);
        }
    }

    private Texts() {}

    /** The text as bytes, cut where it becomes too long. */
    static byte[] cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= WireBounds.ERROR_BYTES_MAX) {
            return bytes;
        }
        int end = WireBounds.ERROR_BYTES_MAX;
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }

    /** The body of ERROR. */
    static byte[] error(ErrorCode code, String text) {
        byte[] bytes = cut(text);
        byte[] body = new byte[2 + bytes.length];
        body[0] = (byte) code.number();
        body[1] = (byte) (code.number() >> 8);
        System.arraycopy(bytes, 0, body, 2, bytes.length);
        return body;
    }

    /** What the body of ERROR says; the number of a newer version becomes INTERNAL. */
    static RowhouseException error(ByteBuffer body) {
        int number = Byte.toUnsignedInt(body.get()) | Byte.toUnsignedInt(body.get()) << 8;
        String text = StandardCharsets.UTF_8.decode(body).toString();
        ErrorCode code = CODES.get(number);
        return code == null
                ? new RowhouseException(ErrorCode.INTERNAL, text + " (error " + number + ")")
                : new RowhouseException(code, text);
    }
}
