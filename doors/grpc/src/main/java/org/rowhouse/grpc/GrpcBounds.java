package org.rowhouse.grpc;

import java.time.Duration;

/** Limits of the door for gRPC. */
public final class GrpcBounds {
    /** Bytes of one message, either way: what gRPC allows when nobody says more. */
    public static final int MESSAGE_BYTES_MAX = 4 << 20;

    /**
     * Bytes of a message that is read so that it can be refused in words; beyond, it is cut off.
     */
    public static final int REFUSED_BYTES_MAX = 8 << 20;

    /** Bytes of a call's headers: a token and a trace, with room. */
    public static final int HEADER_BYTES_MAX = 8 << 10;

    /** Calls of one connection at a time: what HTTP/2 advises to allow at least. */
    public static final int CALLS_OF_CONNECTION_MAX = 100;

    /** Calls of all connections at a time: each has a thread, and perhaps such a message. */
    public static final int CALLS_MAX = 200;

    /** Items of a stream that wait to be read: enough to hide a round trip on one machine. */
    static final int ITEMS_AHEAD_MAX = 16;

    /** How long a connection may take to say who it is, which a slow-loris peer draws out. */
    static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** How long a connection without calls is kept. */
    static final Duration IDLE = Duration.ofMinutes(5);

    /** How long calls under way may take when the door closes. */
    static final Duration CLOSE = Duration.ofMillis(500);

    private GrpcBounds() {}
}
