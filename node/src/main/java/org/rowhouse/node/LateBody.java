package org.rowhouse.node;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** A body that begins with its first byte: until then the answer may still become another one. */
final class LateBody extends OutputStream {
    private final ServerResponse response;
    private final String mediaType;
    private @Nullable OutputStream out;

    LateBody(ServerResponse response, String mediaType) {
        this.response = response;
        this.mediaType = mediaType;
    }

    /** Whether a byte may have left. */
    boolean begun() {
        return out != null;
    }

    private OutputStream out() {
        OutputStream open = out;
        if (open == null) {
            response.header(HeaderNames.CONTENT_TYPE, mediaType);
            open = response.outputStream();
            out = open;
        }
        return open;
    }

    @Override
    public void write(int value) throws IOException {
        out().write(value);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        out().write(bytes, from, length);
    }

    @Override
    public void flush() throws IOException {
        if (begun()) {
            out().flush();
        }
    }

    /** Ends the answer as a whole one. */
    @Override
    public void close() throws IOException {
        out().close();
    }
}
