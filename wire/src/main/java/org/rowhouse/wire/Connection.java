package org.rowhouse.wire;

import java.time.Duration;

/**
 * A way to one peer that carries many calls at once. Safe for use by many threads; every method may
 * block its thread, so use virtual ones.
 */
public interface Connection extends AutoCloseable {
    /**
     * Asks and waits for the answer.
     *
     * @return the reply, in the form that {@link Operation#reply} describes
     * @throws org.rowhouse.api.RowhouseException what the peer answered instead; TIMED_OUT;
     *     CANCELLED if the calling thread was interrupted; TOO_LARGE; {@link LostException} if the
     *     connection broke
     */
    byte[] call(Operation operation, byte[] request, CallOptions options);

    /**
     * Begins an exchange of many items, both ways.
     *
     * @param request what opens it
     */
    Exchange open(Operation operation, byte[] request, CallOptions options);

    /**
     * The operation as the peer knows it, with its own schemas: a peer of another version may know
     * more fields or fewer. Blocks until the peer has told, once for each operation.
     *
     * @throws org.rowhouse.api.RowhouseException NOT_FOUND if the peer does not know it; TIMED_OUT;
     *     {@link LostException}
     */
    Operation known(Operation operation, Duration patience);

    /** Who is at the other end: what its certificate or its token says. */
    String peer();

    /** Whether it can be used, as far as this side knows. */
    boolean isOpen();

    /** Ends it; calls under way fail with {@link LostException}. */
    @Override
    void close();
}
