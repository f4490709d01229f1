package org.rowhouse.memory;

import java.time.Duration;
import org.rowhouse.api.Region;

/** Limits of regions. */
final class MemoryBounds {
    /** Largest region: what one address space can map without effort, 1 TiB. */
    static final long REGION_BYTES_MAX = 1L << 40;

    /** Regions of one home: each has some KiB of locks besides its bytes. */
    static final int REGIONS_MAX = 10_000;

    /** Longest range of one verb: an answer fits two frames, and a copy takes some microseconds. */
    static final int RANGE_MAX = Region.RANGE_MAX;

    /** Bytes that share a lock and a version: a page, so that most ranges need one lock. */
    static final int STRIPE_BYTES = 4096;

    /** Locks of one region: more stripes than that share them; a longest range needs 17. */
    static final int LOCKS_MAX = 1024;

    /** Reads without a lock that may be disturbed before one takes it. */
    static final int OPTIMISTIC_READS = 4;

    /** Changes that one handle may have under way; each costs its home 24 bytes. */
    static final int TURNS = 64;

    /** Handles of one home, about 2 KiB each; beyond it the one unused for longest goes. */
    static final int HANDLES_MAX = 16_384;

    /** Handles of one peer at one home: it cannot drive out those of others. */
    static final int HANDLES_OF_PEER_MAX = 1024;

    /** Watches of one lock's stripes: a change wakes each of them. */
    static final int WATCHES_OF_STRIPE_MAX = 256;

    /** A home's lease, by the database's clock; another one may take its regions after it. */
    static final Duration LEASE = Duration.ofMillis(2500);

    /**
     * So much earlier, by its own clock, a home stops to answer: clocks that run unevenly, one in a
     * hundred at most, and a database that has failed over to a machine whose clock is ahead.
     */
    static final Duration LEASE_MARGIN = Duration.ofMillis(500);

    /** How often a home renews its lease: three beats may be lost. */
    static final Duration BEAT = Duration.ofMillis(500);

    /** Regions that a home takes in one beat. */
    static final int CLAIMS_MAX = 100;

    /** How long a verb tries before it gives up, unless it is told otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Pause between two tries while a home is being replaced. */
    static final Duration RETRY_PAUSE = Duration.ofMillis(50);

    /** Longest names: of a region, and of who opens one. */
    static final int NAME_MAX = 200;

    private MemoryBounds() {}
}
