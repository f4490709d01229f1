package org.rowhouse.scheduler;

import java.time.Duration;

/** The bounds of scheduling, each with its reason. */
final class SchedulerBounds {
    private SchedulerBounds() {}

    /** Nodes of one fleet: ten times the largest that placement is measured with. */
    static final int NODES_MAX = 100_000;

    /** Kinds of device (class and model) of one fleet: one bit each in a long. */
    static final int DEVICE_KINDS_MAX = 64;

    /** Classes of need that are known at once: each keeps an index of all nodes when it is used. */
    static final int NEEDS_MAX = 4_096;

    /** Data that places are known of: each is a row of a map. */
    static final int DATA_MAX = 100_000;

    /**
     * Changes of nodes that are remembered: a class that has not been asked for longer looks at
     * every node.
     */
    static final int CHANGES_MAX = 65_536;

    /** Shapes that fragments are measured with: twice those of the widest published workload. */
    static final int SHAPES_MAX = 1_024;

    /** Lowest priority of a task: as in StartOptions. */
    static final int PRIORITY_MIN = -1_000;

    /** Highest priority of a task: as in StartOptions. */
    static final int PRIORITY_MAX = 1_000;

    /** Tasks in one chunk of a line of ready work: 6 KiB, which a processor reads ahead. */
    static final int CHUNK_TASKS = 256;

    /** Emptied chunks kept for the next burst: 6 MiB. */
    static final int CHUNKS_KEPT_MAX = 1_024;

    /** Whole scores from -2048 to 2047 have a bitmap each; others are kept in a tree. */
    static final int LEVELS = 4_096;

    /** Characters of a policy. */
    static final int POLICY_LENGTH_MAX = 20_000;

    /** Parts (columns, constants, operations) of a policy: keeps one decision short. */
    static final int POLICY_PARTS_MAX = 1_000;

    /** How deep the expressions of a policy may be nested: each level is a level of recursion. */
    static final int POLICY_DEPTH_MAX = 100;

    /** How deep the parentheses of a policy may be nested: the grammar looks ahead over each. */
    static final int POLICY_PARENTHESES_MAX = 16;

    /** Rows of a trace: ten times the largest published one. */
    static final int TRACE_ROWS_MAX = 10_000_000;

    /** Characters of a row of a trace. */
    static final int TRACE_ROW_LENGTH_MAX = 65_536;

    /** Placements that are written at once: one statement, one flush to disk. */
    static final int SET_MAX = 512;

    /** Ready tasks of one class in one bucket that are read at once: two sets. */
    static final int WAITING_OF_CLASS_MAX = 1_024;

    /** Ready tasks that are held in memory; further ones wait in their rows. */
    static final int WAITING_MAX = 100_000;

    /** Waiting tasks that are looked at for the queues of those that may follow others. */
    static final int FOLLOWERS_LOOKED_AT_MAX = 1_024;

    /** Queues and buckets that nodes are told of at once. */
    static final int SOURCES_MAX = 32;

    /** Queues and buckets that nodes were told of, before all are told again. */
    static final int SOURCES_SAID_MAX = 1_024;

    /** Before tasks may follow others again, once a second class has waited. */
    static final Duration FOLLOWING_REST = Duration.ofMillis(200);

    /** How long a policy may run in PostgreSQL: twice that, and a fence, in two seconds. */
    static final Duration POLICY_TIME = Duration.ofSeconds(1);

    /** Placements that a policy may give at once. */
    static final int CHOICES_MAX = 4_096;

    /** After so long the row of a start that was placed is there, or never will be. */
    static final Duration START_MAX = Duration.ofSeconds(30);

    /** After reading all that is held, so many times as long passes before the next time. */
    static final int HOLDINGS_REST = 20;

    /** The same after reading what waits, while enough of it is in memory. */
    static final int FILL_REST = 4;

    /** Recorded tasks that a policy is tried on: some seconds of reading and as many of running. */
    static final int HISTORY_TASKS_MAX = 100_000;

    /** How far back a policy is tried: as long as ended tasks are kept by default, or longer. */
    static final Duration HISTORY_MAX = Duration.ofDays(366);

    /** How long recorded tasks may be read. */
    static final Duration HISTORY_TIME = Duration.ofSeconds(60);

    /** How long one policy may run on them. */
    static final Duration TRIAL_TIME = Duration.ofSeconds(60);

    /** Before the scheduler tries again after a failure. */
    static final Duration ERROR_PAUSE = Duration.ofMillis(500);
}
