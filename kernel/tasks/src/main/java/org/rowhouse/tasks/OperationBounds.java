package org.rowhouse.tasks;

import java.time.Duration;

/** The bounds of schedules and retention, each with its reason. */
final class OperationBounds {
    private OperationBounds() {}

    /** Characters of a cron expression: six fields with long lists fit. */
    static final int CRON_LENGTH_MAX = 256;

    /** Firings of one round: one statement, with its tasks, stays well below a second. */
    static final int FIRINGS_MAX = 1_000;

    /** Schedules that one round looks at. */
    static final int SCHEDULES_MAX = 1_000;

    /** Longest pause of the firing loop, should a signal be lost. */
    static final Duration SCHEDULES_PAUSE_MAX = Duration.ofSeconds(30);

    /** Pause of the firing loop and of retention after an error, so that the log stays readable. */
    static final Duration ERROR_PAUSE = Duration.ofSeconds(5);

    /** Tasks that one batch of retention looks at: a transaction of some ten milliseconds. */
    static final int SWEEP_MAX = 1_000;

    /** Batches of one pass of retention over a bucket, so that live work is not held up. */
    static final int SWEEP_BATCHES_MAX = 100;

    /** Pause of retention between two passes when nothing is left over. */
    static final Duration SWEEP_PAUSE = Duration.ofMinutes(1);

    /** Pause of retention between two passes while there is a backlog. */
    static final Duration SWEEP_PAUSE_BUSY = Duration.ofSeconds(1);

    /** Cancelled workflows of a bucket that one statement looks at: as many as a cancel takes. */
    static final int ORPHANS_MAX = 10_000;
}
