package org.rowhouse.store;

import java.time.Duration;

/** The bounds of the store, each with its reason. */
final class StoreBounds {
    private StoreBounds() {}

    /**
     * Requests served by one statement: beyond this throughput no longer grows, while latency does.
     */
    static final int BATCH_MAX = 256;

    /**
     * Requests that may wait in one lane; a further caller blocks, so that memory stays bounded.
     */
    static final int WAITING_MAX = 16_384;

    /** Requests in a lane up to which it gathers them by call; beyond, each call has enough. */
    static final int GATHERED_MAX = 512;

    /**
     * Combinations of system calls prepared on one lane; about 0.2 MB of plans each in the server.
     */
    static final int PREPARED_MAX = 64;

    /**
     * Tries of a batch that meets a deadlock or a serialization failure; each try lets the other
     * side finish first.
     */
    static final int CONFLICTS_MAX = 20;

    /**
     * A lane that waits for the callers it has just answered goes on when none came for so long:
     * those that come in the meantime came in a few microseconds of each other.
     */
    static final long QUIET_NS = 10_000;

    /** How long it waits for them in all; less than a flush to disk takes. */
    static final long GATHERING_MAX_NS = 500_000;

    /**
     * Tries of a request whose row someone else holds, 2 s each: the lane's other requests wait.
     */
    static final int HELD_MAX = 2;

    /**
     * How long a lane looks out for a single caller before it sleeps: about what waking it takes.
     */
    static final long LOOK_OUT_NS = 50_000;

    /**
     * How long a lane waits for what may follow a single caller's request: what a caller needs to
     * ask again without having waited for an answer.
     */
    static final long FOLLOWER_NS = 15_000;

    /** Callers in a lane at which a further lane is worth its own commits: measured. */
    static final int LANE_WELL_FILLED = 64;

    /** How long the same bucket comes first when new rows choose theirs. */
    static final long FIRST_BUCKET_MS = 600_000;

    /**
     * Tries of a read whose connection is lost each time: a server that recovers may die again, but
     * hardly so often.
     */
    static final int READS_MAX = 5;

    /**
     * Between two rounds of signals: each costs a commit that others wait for, and a reader a
     * wake-up.
     */
    static final Duration SIGNAL_PAUSE = Duration.ofMillis(5);

    /** Before signals are tried again after a failure. */
    static final long SIGNAL_RETRY_MS = 500;

    /** Items of one word that travel together: a signal has at most 8,000 bytes. */
    static final int SIGNAL_ITEMS_MAX = 70;

    /** Words and items that wait to be sent; what is beyond is found by looking. */
    static final int SIGNALS_MAX = 10_000;

    /** The oldest Citus that has all that is used: statements of the kernel were made for 13. */
    static final int CITUS_MIN = 12;

    /** Shards for each bucket: with so many, few buckets share one. */
    static final int SHARDS_PER_BUCKET = 4;

    /** Fewest shards of a distributed table: what Citus makes by itself. */
    static final int SHARDS_MIN = 32;

    /** Most shards: each is a table with its indexes, on every connection's mind. */
    static final int SHARDS_MAX = 256;

    /**
     * How long a connection of a pool lies idle before it is closed: each takes 3 MB of the server.
     */
    static final Duration IDLE_MAX = Duration.ofMinutes(1);

    /**
     * Silence after which a lane gives its connection to a server of its own up, in seconds; longer
     * than its statements' time-out.
     */
    static final int SILENCE_MAX_SECONDS = 90;

    /**
     * Silence of a server elsewhere after which it is asked on another connection whether it is
     * still at work: ten times what a busy one takes for a batch, a fifth of what a failover may
     * take.
     */
    static final Duration SILENCE = Duration.ofSeconds(2);

    /** How long a server may take to answer the first packet if no other one can be asked. */
    static final Duration CONNECT_MAX = Duration.ofSeconds(10);

    /** The same if another one can: enough for one packet that is lost and sent again. */
    static final Duration CONNECT_SOON = Duration.ofSeconds(2);

    /**
     * How long each answer of its login may take then: a loaded server starts a process first. The
     * driver asks a silent one twice, with and without encryption.
     */
    static final Duration LOGIN_SOON = Duration.ofSeconds(2);
}
