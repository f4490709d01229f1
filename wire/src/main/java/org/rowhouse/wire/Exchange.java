package org.rowhouse.wire;

import org.jspecify.annotations.Nullable;

/**
 * Items that flow both ways between two peers, in order, as fast as each side takes them. One
 * thread may send while another receives.
 */
public interface Exchange extends AutoCloseable {
    /**
     * Sends an item; blocks while the peer has as many unread ones as it allows.
     *
     * @throws org.rowhouse.api.RowhouseException what ended the exchange
     */
    void send(byte[] item);

    /** Says that this side sends no more; the other may go on. */
    void endSending();

    /**
     * Takes the next item; blocks until there is one.
     *
     * @return null when the peer has said that it sends no more
     * @throws org.rowhouse.api.RowhouseException what ended the exchange: the peer's error,
     *     CANCELLED, TIMED_OUT, {@link LostException}
     */
    byte @Nullable [] receive();

    /** Ends both directions at once, unless they have ended; the peer is told. */
    @Override
    void close();
}
