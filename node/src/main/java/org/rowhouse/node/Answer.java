package org.rowhouse.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What a route answers. */
sealed interface Answer {
    /** A whole body, known before it is sent. Never compared, so an array will do. */
    @SuppressWarnings("ArrayRecordComponent")
    record Body(int status, byte[] json, Map<String, String> headers) implements Answer {}

    /**
     * A body that is written while it is made. One that fails on its way breaks off: nobody can
     * take it for a whole one.
     */
    record Stream(String mediaType, Writer writer) implements Answer {
        /** Whether it goes on until the client goes away. */
        boolean endless() {
            return mediaType.equals("text/event-stream");
        }
    }

    /** Writes a body. */
    @FunctionalInterface
    interface Writer {
        void write(OutputStream out) throws IOException;
    }

    static Answer ok(Object value) {
        return new Body(200, Json.bytes(value), Map.of());
    }

    static Answer created(Object value, String location) {
        return new Body(201, Json.bytes(value), Map.of("Location", location));
    }

    /** JSON that is text already. */
    static Answer json(String text) {
        return new Body(200, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /**
     * JSON that is text already, or an error if there is none.
     *
     * @throws RowhouseException NOT_FOUND with this sentence
     */
    static Answer jsonOr(@Nullable String text, String sentence) {
        if (text == null) {
            throw new RowhouseException(ErrorCode.NOT_FOUND, sentence);
        }
        return json(text);
    }
}
