package org.rowhouse.memory;

import org.rowhouse.wire.Connection;

/** Ways from this node to others. Safe for use by many threads. */
@FunctionalInterface
public interface Ways {
    /**
     * A connection to the node of this life; shared, so never closed by who asks. Made anew if the
     * one there was has broken.
     *
     * @throws org.rowhouse.api.RowhouseException NODE_UNAVAILABLE if it cannot be reached
     */
    Connection to(int life);
}
