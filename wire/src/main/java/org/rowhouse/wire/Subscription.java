package org.rowhouse.wire;

import org.jspecify.annotations.Nullable;

/** One receiver of a {@link Broadcast}, from the moment at which it subscribed. For one thread. */
public interface Subscription extends AutoCloseable {
    /**
     * Takes the next item; blocks until there is one, and holds the thread, so use a platform
     * thread.
     *
     * @return null when the publisher has ended
     * @throws org.rowhouse.api.RowhouseException OVERLOADED if this subscriber was dropped, since
     *     it held the publisher up; {@link LostException} if the publisher is gone without having
     *     ended
     */
    byte @Nullable [] receive();

    /** Receives no more. */
    @Override
    void close();
}
