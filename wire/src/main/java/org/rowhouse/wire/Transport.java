package org.rowhouse.wire;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Moves bytes between two programs, in order and without loss, until it ends. At any time one
 * thread reads and one writes, not always the same ones; {@link #await} is for one thread alone,
 * beside a reader.
 */
interface Transport extends AutoCloseable {
    /**
     * Takes bytes that have come; does not wait.
     *
     * @return how many; 0 if there are none now; -1 if the peer has ended
     */
    int read(ByteBuffer into) throws IOException;

    /**
     * Waits until there may be bytes to read, the transport was closed, or the time has passed.
     * Only after {@link #rest} said that nothing was there.
     */
    void await(long timeoutNs) throws IOException;

    /** Tells that a thread reads now, so that the peer need not wake anybody. */
    default void attend() {}

    /**
     * Tells that nobody reads from now on but who is woken in {@link #await}.
     *
     * @return false if bytes have come meanwhile: read them first
     */
    default boolean rest() {
        return true;
    }

    /**
     * Gives bytes away; does not wait.
     *
     * @return how many were taken; 0 if there is no room now
     */
    int write(ByteBuffer from) throws IOException;

    /**
     * Goes on giving away what {@link #write} took and could not give to the peer yet; does not
     * wait.
     *
     * @return true if nothing is left
     */
    default boolean flush() throws IOException {
        return true;
    }

    /** Whether a write is only a copy in memory, so that there is no gain in gathering. */
    boolean cheap();

    /** Whether {@link #await} returns when bytes come even if another thread reads them. */
    boolean disturbs();

    /** Whether waiting holds the thread, so that it must be a platform thread. */
    boolean holdsThread();

    /** Who the transport itself shows the peer to be; empty if it does not. */
    String shown();

    /** Where the peer is, for messages. */
    String where();

    /** Ends it; a thread in {@link #await} returns, the peer's reads find the end. */
    @Override
    void close();
}
