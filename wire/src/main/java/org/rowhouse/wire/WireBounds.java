package org.rowhouse.wire;

import java.time.Duration;

/** The bounds of the wire, each with its reason. */
final class WireBounds {
    /** Longest body of a frame: others wait for it, 50 us at 10 Gbit/s. */
    static final int FRAME_BYTES_MAX = 64 << 10;

    /** Smallest limit of a frame or a message that a peer may ask for: what beginnings need. */
    static final int LIMIT_BYTES_MIN = 1_024;

    /** Longest request, reply or item: it is held in memory on both sides. */
    static final int MESSAGE_BYTES_MAX = 16 << 20;

    /** What the requests of one connection may hold while they are joined or handled. */
    static final int REQUEST_BYTES_MAX = 32 << 20;

    /** Calls of one peer under way: thousands of callers share a connection. */
    static final int CALLS_MAX = 4_096;

    /** Exchanges of one peer under way: each may hold a window of items. */
    static final int EXCHANGES_MAX = 256;

    /** Unread items of one exchange: a thousand small ones, so that credit comes in large steps. */
    static final int WINDOW_BYTES = 128 << 10;

    /** What an item costs beside its bytes: what holds it in memory. */
    static final int ITEM_BYTES = 16;

    /** Operations that one side may declare: all of a large node's; their schemas are kept. */
    static final int OPERATIONS_MAX = 1_023;

    /** Longest name of an operation or a peer. */
    static final int NAME_BYTES_MAX = 255;

    /** Longest schema: some hundred fields. */
    static final int SCHEMA_BYTES_MAX = 16_384;

    /** Longest text of an error; the rest is cut off. */
    static final int ERROR_BYTES_MAX = 8_192;

    /** Written by callers and not yet taken by the transport: beyond it callers wait. */
    static final int OUTPUT_BYTES = 256 << 10;

    /** Beyond it even answers find no room: a peer that asks and does not read is dropped. */
    static final int OUTPUT_BYTES_MAX = 4 << 20;

    /** Each ring in shared memory: several frames, and small enough for a processor's cache. */
    static final int RING_BYTES = 256 << 10;

    /** Largest ring that a client maps for a server. */
    static final int RING_BYTES_MAX = 16 << 20;

    /** The ring of a broadcast: the slowest of its subscribers may be so far behind. */
    static final int BROADCAST_BYTES = 1 << 20;

    /** Subscribers of one broadcast on one machine; the publisher looks at each now and then. */
    static final int SUBSCRIBERS_MAX = 64;

    /** A subscriber that holds its publisher up for so long is dropped. */
    static final Duration SUBSCRIBER_PATIENCE = Duration.ofSeconds(5);

    /** Connections of one listener; each holds two buffers and a thread. */
    static final int CONNECTIONS_MAX = 4_096;

    /** Those of them that are read by platform threads, which answer sooner; the rest by others. */
    static final int PLATFORM_READERS = 64;

    /** A beginning takes a round trip or two, and TLS some milliseconds. */
    static final Duration BEGINNING_PATIENCE = Duration.ofSeconds(5);

    /** A frame that has begun must be complete by then. */
    static final Duration FRAME_PATIENCE = Duration.ofSeconds(10);

    /** A peer that takes no byte for so long, while some wait for it, is dropped. */
    static final Duration WRITE_PATIENCE = Duration.ofSeconds(10);

    /** After so long without a byte the peer is asked whether it is there. */
    static final Duration PING_AFTER = Duration.ofSeconds(10);

    /** After so long without a byte it is held to be gone. */
    static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    /** How often a connection looks at its own limits of time. */
    static final Duration TICK = Duration.ofMillis(500);

    /** Longest a reader looks for bytes before it sleeps: waking it costs about as much. */
    static final Duration SPIN = Duration.ofNanos(50_000);

    /** How long the keeper of a connection leaves it to callers that read for themselves. */
    static final Duration LEAD_PAUSE = Duration.ofMillis(1);

    /** Longest timeout that is told to the peer; a longer one is cut. */
    static final Duration TIMEOUT_MAX = Duration.ofDays(30);

    private WireBounds() {}
}
