package org.rowhouse.wire.discovery;

import java.time.Duration;

/** Limits of discovery. */
final class DiscoveryBounds {
    /** Members that a directory knows: those of a large plant; what is beyond is refused. */
    static final int MEMBERS_MAX = 10_000;

    /** Members in one word to a follower: some hundred bytes each, far below a frame's limit. */
    static final int CHANGES_MAX = 1_000;

    /** Names of what one member offers. */
    static final int OFFERS_MAX = 256;

    /** Length of a name, an address or an offer. */
    static final int TEXT_MAX = 255;

    /** What changes together is told together: the first wait for more. */
    static final Duration GATHER = Duration.ofMillis(20);

    /**
     * The longest one: it doubles while changes keep coming, so that many are told in few words.
     */
    static final Duration GATHER_MAX = Duration.ofMillis(320);

    /** How long a member whose connection was lost counts as being there: it comes again mostly. */
    static final Duration GRACE = Duration.ofSeconds(3);

    /** The first pause before another seed is tried. */
    static final Duration PAUSE = Duration.ofMillis(100);

    /** The longest one. */
    static final Duration PAUSE_MAX = Duration.ofSeconds(2);

    /** How long one exchange lasts at most; then it is opened again, and nothing is missed. */
    static final Duration FOLLOW_MAX = Duration.ofHours(12);

    private DiscoveryBounds() {}
}
