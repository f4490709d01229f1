package org.rowhouse.calls;

import java.time.Duration;

/** Limits of calls between components. */
public final class CallBounds {
    /** How long a call may take when neither its author nor a row says so: a person still waits. */
    public static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** Longest call: what takes a day is a task. */
    public static final Duration TIMEOUT_MAX = Duration.ofHours(24);

    /** Ways that one call tries: the first, and two others. */
    static final int TRIES_MAX = 3;

    /** Failures in a row that open a breaker: one may be chance, five are not. */
    static final int FAILURES_MAX = 5;

    /** How long a breaker that opened stays open; doubled each time its trial fails. */
    static final Duration OPEN = Duration.ofSeconds(1);

    /** Longest such time: a node that is well again is found out after this. */
    static final Duration OPEN_MAX = Duration.ofSeconds(30);

    /** Breakers that a node remembers; beyond, those that are closed are forgotten. */
    static final int BREAKERS_MAX = 10_000;

    /** Pause before a lost connection is made again; doubled each time. */
    static final Duration RECONNECT = Duration.ofMillis(100);

    /** Longest such pause. */
    static final Duration RECONNECT_MAX = Duration.ofSeconds(5);

    /** Between two looks at the rows while calls are made: what nodes have free changes. */
    static final Duration LOOK = Duration.ofSeconds(2);

    /** The same while none are: a signal may have been lost. */
    static final Duration LOOK_IDLE = Duration.ofSeconds(15);

    /** Least time between two looks that calls ask for since they found nobody. */
    static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    /** How long a node that nobody knows yet waits at the door until the rows are looked at. */
    static final Duration KEY_WAIT = Duration.ofSeconds(1);

    /** Share of traces that are recorded when a row does not say so, in thousandths. */
    static final int TRACED_MILLI = 10;

    /** Spans that wait to be written; more are counted and dropped. */
    static final int SPANS_MAX = 10_000;

    /** Spans of one write. */
    static final int SPANS_BATCH = 500;

    /** How long spans gather: tracing must not cost commits. */
    static final Duration SPANS_PAUSE = Duration.ofMillis(200);

    /** Length of a sentence in a row. */
    static final int DETAIL_LENGTH_MAX = 500;

    /** Between two sweeps of old spans. */
    static final Duration SWEEP_EVERY = Duration.ofMinutes(10);

    /** Spans that one transaction of a sweep deletes of each bucket. */
    static final int SWEEP_MAX = 1_000;

    /** Connections for rows of calls. */
    static final int CONNECTIONS_MAX = 3;

    /** How long a call's part waits for one of them. */
    static final Duration CONNECTION_WAIT = Duration.ofSeconds(10);

    /** Failed tries of one durable call that are stepped over to make a fresh one. */
    static final int DURABLE_TRIES_MAX = 100;

    /** How old what a door knows of the operations may be: a person deploys, then calls. */
    static final Duration OUTSIDE_LOOK = Duration.ofSeconds(1);

    private CallBounds() {}
}
