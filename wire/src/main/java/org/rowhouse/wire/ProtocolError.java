package org.rowhouse.wire;

import java.io.IOException;

/** The peer broke the rules of the protocol; the connection ends. */
final class ProtocolError extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolError(String message) {
        super(message);
    }
}
