package org.rowhouse.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells the latest value of a range as it changes. Who is slow misses values in between, never the
 * last one; nothing piles up. One thread at a time may ask.
 */
public interface Watch extends AutoCloseable {
    /**
     * Waits for a value that was not told yet: at first the present one.
     *
     * @param atMost how long to wait
     * @return null if none came in that time
     * @throws RowhouseException what ended the watch: NODE_UNAVAILABLE if the region's home is gone
     *     or cut off; CONFLICT if its incarnation is over; FORBIDDEN if the right was taken away
     */
    @Nullable Seen next(Duration atMost);

    /** Watches no longer. */
    @Override
    void close();
}
