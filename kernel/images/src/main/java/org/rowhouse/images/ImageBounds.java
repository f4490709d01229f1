package org.rowhouse.images;

/**
 * Every bound on components and on the values that pass their walls, and where the number comes
 * from.
 */
public final class ImageBounds {
    /**
     * Bytes of all files of a component: a package is one value of one row, and nodes hold it in
     * memory to load it.
     */
    public static final int PACKAGE_BYTES_MAX = 64 << 20;

    /**
     * Files of a component: a library of 10,000 classes still fits when it comes as a jar below
     * {@code lib/}.
     */
    public static final int PACKAGE_FILES_MAX = 10_000;

    /** Characters of a file's path within a component. */
    public static final int PATH_LENGTH_MAX = 512;

    /** Bytes of a manifest: read whole, kept as a row, shown to people. */
    public static final int MANIFEST_BYTES_MAX = 256 << 10;

    /** Functions of one component: they are listed on a screen and recorded in one statement. */
    public static final int FUNCTIONS_MAX = 1_000;

    /** Consumers of one component: every node reads for each of them, with threads of its own. */
    public static final int CONSUMERS_MAX = 100;

    /** Entries of any list or map of a manifest. */
    public static final int MANIFEST_ENTRIES_MAX = 1_000;

    /** Reports that follow a run. */
    public static final int REPORTS_MAX = 32;

    /** Characters of a title, cron expression or other short text of a manifest. */
    public static final int TEXT_LENGTH_MAX = 256;

    /** Bytes of one SQL file. */
    public static final int SQL_BYTES_MAX = 1 << 20;

    /**
     * Characters of a name. PostgreSQL keeps 63 bytes of a name; one length for all names is easier
     * to remember.
     */
    public static final int NAME_LENGTH_MAX = 63;

    /** Characters of a version. */
    public static final int VERSION_LENGTH_MAX = 64;

    /** Slots of a queue. The table has the same bound. */
    public static final int CONCURRENCY_MAX = 100_000;

    /** Starts in a period of a queue's rate limit. The table has the same bound. */
    public static final int RATE_COUNT_MAX = 1_000_000;

    /**
     * Bytes (UTF-8) of a value as JSON: values are rows of batches, so larger things belong in
     * tables or files.
     */
    public static final int VALUE_BYTES_MAX = 1 << 20;

    /** Depth of nesting of a value: far above any record, far below what a stack bears. */
    public static final int VALUE_DEPTH_MAX = 100;

    /** Compiler messages that are shown; the rest is counted. */
    public static final int COMPILER_MESSAGES_MAX = 20;

    /** Connections that read components: a version is read once, and then in memory. */
    static final int CONNECTIONS_MAX = 2;

    private ImageBounds() {}
}
