package org.rowhouse.node;

import java.time.Duration;

/** The bounds of the node's doors, each with its reason. */
final class NodeBounds {
    /** Largest JSON body: a task's input may have 1 MiB, and escapes may double it. */
    static final int BODY_BYTES_MAX = 4 << 20;

    /** Largest component that can be uploaded; it is held in memory while it is checked. */
    static final int UPLOAD_BYTES_MAX = 64 << 20;

    /** Nesting of a JSON body. */
    static final int BODY_DEPTH_MAX = 200;

    /** Headers of one request: a token, a host and some words. */
    static final int HEADER_BYTES_MAX = 16 << 10;

    /** Longest time that one request may wait for something to happen. */
    static final Duration WAIT_MAX = Duration.ofMinutes(5);

    /** Between two looks for new log lines while a client follows them. */
    static final Duration FOLLOW_PAUSE = Duration.ofMillis(200);

    /** Rows of one page. */
    static final int PAGE_ROWS_MAX = 1_000;

    /** Rows of a page when the caller does not say. */
    static final int PAGE_ROWS = 50;

    /**
     * How many tasks of each bucket one page looks at when a filter passes few of them: some 10 ms.
     * The page then ends early and says where to go on.
     */
    static final int LOOK_ROWS = 20_000;

    /** Counts of a queue stop here, so that a listing never reads a million index entries. */
    static final int COUNT_MAX = 10_000;

    /** Longest text to search for. */
    static final int SEARCH_LENGTH_MAX = 500;

    /**
     * How much of each value a search looks at: an input may have 1 MiB, and what names a task
     * stands at its front.
     */
    static final int SEARCH_VALUE_CHARS = 10_000;

    /** One search ends after so much time, and says where to go on: a person waits for it. */
    static final Duration SEARCH_BUDGET = Duration.ofMillis(900);

    /** One search ends after so many tasks even if the machine is quick: others work too. */
    static final int SEARCH_ROWS = 1_000_000;

    /** Children of each step on a time line: those that went wrong first. */
    static final int TIME_LINE_CHILDREN = 100;

    /** How long a node that closes waits, in all, for a database that is away. */
    static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

    /** Connections for listings and operations; the hot path has its own. */
    static final int CONNECTIONS_MAX = 8;

    /**
     * Connections for statements of the user: their own, so that long ones hold up nothing else.
     */
    static final int SQL_CONNECTIONS_MAX = 4;

    /** How long a request waits for one of them. */
    static final Duration CONNECTION_WAIT = Duration.ofSeconds(10);

    /** A listing that takes longer is a mistake: it is ended. */
    static final Duration LISTING_TIMEOUT = Duration.ofSeconds(30);

    /**
     * Different things that all consoles of a node watch together; each is asked for in each tick.
     */
    static final int LIVE_PATHS_MAX = 64;

    /** Clients that watch a node at one time: each holds a connection. */
    static final int LIVE_CLIENTS_MAX = 1_000;

    /** Things that one console watches: a page shows no more. */
    static final int LIVE_WATCHES_MAX = 8;

    /** Least time between two ticks: people do not read faster. */
    static final Duration LIVE_GAP = Duration.ofSeconds(1);

    /**
     * Longest such time, however long a tick took: a busy machine must not blind people for long.
     */
    static final Duration LIVE_GAP_MAX = Duration.ofSeconds(5);

    /** Longest time without a tick while somebody watches: rates change without a signal. */
    static final Duration LIVE_PAUSE = Duration.ofSeconds(3);

    /** An answer that takes longer is told to be late: the database may be away. */
    static final Duration LIVE_PATIENCE = Duration.ofSeconds(5);

    /** Longest time that an answer waits for others to be told with it: nobody notices that. */
    static final Duration LIVE_TOGETHER = Duration.ofMillis(100);

    /** How often a line on which nothing happens shows that it lives. */
    static final Duration LIVE_COMMENT = Duration.ofSeconds(10);

    /** Rows of one answer to a statement of the user. */
    static final int SQL_ROWS_MAX = 100_000;

    /** Longest time of a statement of the user. */
    static final Duration SQL_TIMEOUT_MAX = Duration.ofHours(1);

    /** Connections for statements of viewers and operators: admins keep their own. */
    static final int VIEWER_SQL_CONNECTIONS_MAX = 4;

    /** Longest time of one of their statements: it may hold locks that others wait for. */
    static final Duration VIEWER_SQL_TIMEOUT_MAX = Duration.ofMinutes(5);

    /** Bytes of rows of one answer to them; the node holds them in memory. */
    static final long VIEWER_SQL_BYTES_MAX = 32 << 20;

    /** Length of a statement as the audit keeps it. */
    static final int AUDIT_STATEMENT_LENGTH_MAX = 20_000;

    /**
     * How long a statement of the user runs before the node looks whether its client is still
     * there: most are done by then, and keep their connection.
     */
    static final Duration CLIENT_PATIENCE = Duration.ofSeconds(1);

    /** Between two tries to cancel what runs for a client that has gone away. */
    static final Duration CANCEL_PAUSE = Duration.ofMillis(200);

    /** Tasks that one bulk operation touches; more are told to run it again. */
    static final int BULK_TASKS_MAX = 10_000;

    /** How long the end of a node waits for the audit to take it. */
    static final Duration STOP_NOTE_WAIT = Duration.ofSeconds(2);

    /** Length of what one person saves under one name: a long statement and its chart. */
    static final int SAVED_LENGTH_MAX = 65_536;

    /** Length of its name. */
    static final int SAVED_NAME_LENGTH_MAX = 200;

    /** What one person saves of one kind. */
    static final int SAVED_MAX = 500;

    /** Length of the name that a client gives for whoever asks. */
    static final int USER_LENGTH_MAX = 64;

    /** How long a program may take that says what the machine is made of. */
    static final Duration DISCOVERY_MAX = Duration.ofSeconds(20);

    /** Parts of one machine that are shown: a node of 400 cores with caches has some 2,000. */
    static final int TOPOLOGY_PARTS_MAX = 20_000;

    /** Newest tasks that a look at the cluster takes as a sample for how long functions take. */
    static final int TOP_SAMPLE = 2_000;

    /** Tasks of each bucket that went wrong last: failures are counted by the minute among them. */
    static final int FAILED_SAMPLE = 2_000;

    /** Running tasks of each bucket that are told apart by node and function. */
    static final int RUNNING_SAMPLE = 20_000;

    /** How long a node that was found dead is still shown among the others. */
    static final Duration DEAD_SHOWN = Duration.ofMinutes(15);

    /**
     * Longest time that rates are shown for, in minutes: of each minute two rows of each node are
     * read, and there may be a thousand nodes.
     */
    static final int RATES_MINUTES_MAX = 120;

    /** Newest spans of each bucket that the list of traces is made from. */
    static final int TRACES_SPANS_MAX = 5_000;

    /** Spans of one trace that are shown. */
    static final int TRACE_SPANS_MAX = 5_000;

    /** Items of a stream in one answer of the door for JSON: it is held in memory. */
    static final int CALL_ITEMS_MAX = 10_000;

    /** Between two looks for changes of devices whose signals were lost. */
    static final Duration DEVICES_LOOK = Duration.ofSeconds(15);

    /** How long a device's connection may be beginning: as MQTT allows, the wire protocol half. */
    static final Duration DEVICES_BEGINNING = Duration.ofSeconds(10);

    /** Refused devices whose rows of the audit are being written. */
    static final int DEVICE_REFUSALS_MAX = 8;

    /** After a node's end, before the groups go by which its door for MQTT read topics. */
    static final Duration DOOR_GROUP_LEFT = Duration.ofMinutes(5);

    private NodeBounds() {}
}
