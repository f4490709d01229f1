package org.rowhouse.wire.link;

import java.time.Duration;

/** Limits of shaped links. */
final class LinkBounds {
    /** Bytes of a datagram: the most that UDP carries. */
    static final int DATAGRAM_BYTES_MAX = 65_535;

    /** Datagrams on their way at once, each direction: 20,000 a second, 2 s of delay. */
    static final int FLYING_MAX = 40_000;

    /** Bytes on their way at once, each direction: what a test's heap can spare. */
    static final long FLYING_BYTES_MAX = 64 << 20;

    /** Clients of one link for datagrams: a socket each. */
    static final int CLIENTS_MAX = 1_024;

    /** Bytes that are read of a stream at once. */
    static final int CHUNK_BYTES = 16_384;

    /** Chunks of a stream on their way in one direction: 4 MiB, or 40 MB/s at 100 ms of delay. */
    static final int CHUNKS_MAX = 256;

    /** Connections of one link for streams: four threads and two queues each. */
    static final int CONNECTIONS_MAX = 1_024;

    /** Connections that wait to be accepted. */
    static final int BACKLOG = 128;

    /** How long the far side may take to accept a connection. */
    static final Duration CONNECT_MAX = Duration.ofSeconds(5);

    /** The longest delay, jitter or stall: a minute is longer than any network's. */
    static final Duration TIME_MAX = Duration.ofMinutes(1);

    /** How much longer a datagram takes that others overtake, at least. */
    static final Duration OVERTAKEN = Duration.ofMillis(1);

    private LinkBounds() {}
}
