package org.rowhouse.support;

import java.sql.SQLException;

/** Where clients find a node. */
interface Door {
    /** A node; while all are down, waits until one is up again. */
    NodeProcess node();

    /** The bucket that the tasks of a queue with limits live in. */
    int bucketOf(String queue) throws SQLException;
}
