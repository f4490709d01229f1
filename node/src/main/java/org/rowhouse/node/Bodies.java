package org.rowhouse.node;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of devices as the text that a message's body is: as they are if they are text, else in
 * Base64, and a header says so.
 */
final class Bodies {
    static final String BASE64 = "{\"encoding\":\"base64\"}";

    private Bodies() {}

    /** A body and its headers. */
    record Body(String text, @Nullable String headers) {}

    static Body of(byte[] bytes) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.indexOf('\0') < 0) {
                return new Body(text, null);
            }
        } catch (CharacterCodingException e) {
            // no text, then
        }
        return new Body(Base64.getEncoder().encodeToString(bytes), BASE64);
    }

    static byte[] bytes(String text, @Nullable String headers) {
        if (headers != null && headers.replace(" ", "").equals(BASE64)) {
            try {
                return Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                // somebody wrote the header by hand: it is what it is
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
