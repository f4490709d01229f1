package org.rowhouse.tasks;

import java.time.Duration;

/** The bounds of tasks, each with its reason. */
final class TaskBounds {
    private TaskBounds() {}

    /**
     * Tasks that run on one node at once: each may hold a stack and some connections' worth of
     * data.
     */
    static final int RUNNING_MAX = 2_000;

    /** Tasks that one claim takes from a queue: one batch of finishes. */
    static final int CLAIM_MAX = 256;

    /** Queues that one round of claims asks, so that one busy round stays short. */
    static final int SOURCES_MAX = 32;

    /** Queues and buckets in which a task that ends looks for one that follows it. */
    static final int SUCCESSION_TRIES_MAX = 2;

    /**
     * A wait shorter than this keeps its thread: putting a workflow aside and replaying it costs
     * about as much.
     */
    static final Duration LINGER = Duration.ofSeconds(1);

    /**
     * The same for a task that has seen a node die, while others wait for its place: long enough
     * for the table's answer to whether there is anything to wait for.
     */
    static final Duration LINGER_SUSPECT = Duration.ofMillis(200);

    /** Children that one step may start: their ids and inputs are held in memory. */
    static final int CHILDREN_MAX = 100_000;

    /** Tasks that one call may start: their rows are held in memory. */
    static final int STARTS_MAX = 100_000;

    /** Messages that one step may send: each is a row of its transaction. */
    static final int SENDS_MAX = 10_000;

    /** Steps of one workflow: a replay reads all of them. */
    static final int STEPS_MAX = 100_000;

    /** Characters of a step's name. */
    static final int NAME_LENGTH_MAX = 200;

    /** Characters of a log line that are kept. */
    static final int LOG_LINE_MAX = 8_192;

    /** Log lines of one attempt that are kept. */
    static final int LOG_LINES_MAX = 10_000;

    /** Characters of an error's message and stack that are kept. */
    static final int ERROR_LENGTH_MAX = 8_192;

    /** Tasks that one round of timers, deadlines, takeovers or re-checks looks at. */
    static final int ROUND_MAX = 1_000;

    /** Steps whose unended children a node counts in memory; older ones are counted anew. */
    static final int JOINS_MAX = 10_000;

    /**
     * A node is held to be dead when it has not renewed its lease for so long: with the time until
     * another one looks that makes less than three seconds. A machine that is busy with other
     * things delays a beat by some tenths of a second.
     */
    static final Duration LEASE = Duration.ofMillis(2500);

    /** How often a node renews its lease: four beats may be lost before it is held to be dead. */
    static final Duration RENEWAL = Duration.ofMillis(500);

    /** A renewal that takes longer is given up and made again, on a fresh connection. */
    static final Duration RENEWAL_PATIENCE = Duration.ofMillis(1200);

    /** So many nodes look for dead ones at each beat; larger clusters take turns. */
    static final int LOOKERS = 16;

    /**
     * After the time for tasks to end by themselves is over, those of a node that is drained have
     * so long to come to their next step before they are interrupted, and so long again to leave.
     */
    static final Duration HAND_OVER_GRACE = Duration.ofSeconds(3);

    /** How often a node looks for what no signal told it. */
    static final Duration BEAT = Duration.ofSeconds(1);

    /**
     * Longest time that a node listens for signals without a look at whether it is to close: by so
     * much its close may take longer. It costs the database nothing, and the node some 20 us.
     */
    static final Duration LISTEN_MAX = Duration.ofMillis(100);

    /**
     * How often in a beat all nodes together look for timers that others set: a node knows its own,
     * so this is for those of dead nodes and of SQL.
     */
    static final int LOOKS_PER_BEAT = 4;

    /** Before a task that was placed here looks for room again, which a crowded node has not. */
    static final Duration ROOM_PAUSE = Duration.ofMillis(50);

    /** How long running tasks may go on when their node stops. */
    static final Duration STOP_GRACE = Duration.ofSeconds(3);

    /** How long a task may go on after its deadline before its node gives up on its thread. */
    static final Duration ABANDON_GRACE = Duration.ofSeconds(2);

    /** First pause of a task whose code is not to be had on this node. */
    static final Duration CODE_PAUSE = Duration.ofSeconds(1);

    /** Longest pause of such a task. */
    static final Duration CODE_PAUSE_MAX = Duration.ofMinutes(1);

    /** How long a node goes on looking for suspects after it has met one. */
    static final Duration SUSPICION = Duration.ofMinutes(1);

    /**
     * How long a suspect runs before the next one may run beside it, if one node died under it.
     * Five times that for each further one, so that on their last chance tasks run alone.
     */
    static final Duration SUSPECT_ALONE = Duration.ofSeconds(2);

    /** The same for the first of the suspects of a node that fell silent; then ever less. */
    static final Duration SUSPECT_ALONE_TRUSTED = Duration.ofMillis(200);

    /** A suspect that need not run alone for longer is followed by the next at once. */
    static final Duration SUSPECT_BRISK = Duration.ofMillis(5);

    /** Connections for transaction steps. */
    static final int TRANSACTIONS_MAX = 8;

    /** Tries of a transaction step that meets serialization failures or deadlocks. */
    static final int CONFLICTS_MAX = 20;

    /** Tries of a start that meets another one for the same key; one is nearly always enough. */
    static final int START_TRIES_MAX = 20;

    /** How often the statistics of system calls are stored. */
    static final Duration STATISTICS_INTERVAL = Duration.ofMinutes(1);

    /** How often the watchdog looks whether virtual threads get their turn. */
    static final Duration PROBE_INTERVAL = Duration.ofMillis(250);

    /** A virtual thread that has not run for so long waits for more than a busy moment. */
    static final Duration PROBE_LATE = Duration.ofMillis(400);

    /**
     * After so long it is given a carrier, whoever keeps the others: a queue of short tasks may be
     * the reason, and then it does no harm.
     */
    static final Duration PROBE_VERY_LATE = Duration.ofSeconds(2);

    /**
     * After so long without any virtual thread running, and with all carriers there may be, the
     * node is of no use to anybody.
     */
    static final Duration PROBE_HOPELESS = Duration.ofSeconds(20);

    /**
     * Carriers in all: each is a platform thread with a stack, and so many that compute leave each
     * other next to nothing. The JDK's own bound.
     */
    static final int CARRIERS_MAX = 256;

    /**
     * Tasks that may compute without a pause before further ones have to wait: the rest of the
     * carriers is for those that have begun, for clients and for the kernel.
     */
    static final int COMPUTING_MAX = 64;

    /** From then on a computation is worth a line in the log, and no longer hears a cancel. */
    static final Duration COMPUTING_LONG = Duration.ofSeconds(10);

    /**
     * Threads that were given up and still compute, for each processor: they leave the rest a third
     * of it. Starting the node again takes a few seconds.
     */
    static final int LOST_PER_PROCESSOR_MAX = 2;

    /** Between two complaints about what only a new start can mend. */
    static final Duration COMPLAINT_PAUSE = Duration.ofMinutes(1);
}
