package org.rowhouse.wire.datagram;

import java.time.Duration;

/** Bounds of streams over datagrams, each with its reason. */
final class DatagramBounds {
    private DatagramBounds() {}

    /** A UDP payload that passes every usual path whole (IPv6 asks for 1,280 with its headers). */
    static final int PACKET_BYTES_MAX = 1_200;

    /**
     * Bytes of the stream in one packet: what is left beside headers, acknowledgements and seal.
     */
    static final int SEGMENT_BYTES_MAX = 1_000;

    /** What a sender keeps for repeats: a second's worth at 8 Mbit/s, or 20 ms at 400 Mbit/s. */
    static final int SEND_BUFFER_BYTES = 1 << 20;

    /** What a receiver keeps until it is read, or until a hole before it is filled. */
    static final int RECEIVE_BUFFER_BYTES = 1 << 20;

    /** Packets that are followed at once: more than fill both buffers. */
    static final int FLIGHTS_MAX = 1 << 13;

    /**
     * Ranges of packet numbers in one acknowledgement, the newest ones: what a packet has room for.
     */
    static final int RANGES_MAX = 17;

    /** Ranges that are kept: a packet that is older than all of them counts as seen. */
    static final int RANGES_KEPT_MAX = 256;

    /** Streams of one listener, so that strangers cannot fill the memory. */
    static final int STREAMS_MAX = 1_024;

    /** Without an answer for so long the peer is gone. */
    static final Duration SILENCE_MAX = Duration.ofSeconds(15);

    /** An idle stream shows so often that it lives; several fit into {@link #SILENCE_MAX}. */
    static final Duration KEEP_ALIVE = Duration.ofSeconds(4);

    /** How often a peer is asked that has been silent for longer than {@link #KEEP_ALIVE}. */
    static final Duration ASK_AGAIN = Duration.ofSeconds(1);

    /** How long an opening may take before it is given up. */
    static final Duration OPENING_MAX = Duration.ofSeconds(10);

    /** How long a close waits until the peer has everything. */
    static final Duration LINGER_MAX = Duration.ofSeconds(10);

    /** A round trip before the first is measured. */
    static final Duration FIRST_ROUND_TRIP = Duration.ofMillis(100);

    /** Bytes on the way before the first round trip is over: ten packets, as TCP (RFC 6928). */
    static final int FIRST_WINDOW_BYTES = 10 * PACKET_BYTES_MAX;

    /** Packets overtaken by so many are lost, unless they come soon (RFC 9002, 6.1). */
    static final int OVERTAKEN_MAX = 3;

    /** Copies of a segment that are sent before anybody knows that one was lost. */
    static final int EARLY_COPIES_MAX = 3;

    /** Bytes that may leave in one burst, since timers are no finer than a millisecond. */
    static final int BURST_BYTES = 4 * PACKET_BYTES_MAX;

    /**
     * How often the pause between probes doubles: fewer times than in RFC 9002, since on a link
     * that loses half of all packets, more than half of {@link #SILENCE_MAX} would be one pause.
     */
    static final int PROBE_DOUBLINGS_MAX = 3;

    /** Pace below which it never falls, in bytes for each second. */
    static final double PACE_MIN = 4 * PACKET_BYTES_MAX;

    /** Pace above which it never rises, in bytes for each second: one thread moves no more. */
    static final double PACE_MAX = 250e6;

    /** The longest that a lone packet waits for its acknowledgement. */
    static final Duration ACKNOWLEDGE_AFTER = Duration.ofMillis(2);
}
