package org.rowhouse.memory;

import java.time.Duration;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Time as clients of regions see it: how late it is, and a pause. */
interface Waiting {
    long nanoTime();

    /**
     * Waits that long.
     *
     * @throws RowhouseException CANCELLED if the thread is interrupted
     */
    void pause(Duration time);

    /** That of the machine. */
    Waiting REAL =
            new Waiting() {
                @Override
                public long nanoTime() {
                    return System.nanoTime();
                }

                @Override
                public void pause(Duration time) {
                    try {
                        Thread.sleep(time);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new RowhouseException(
                                ErrorCode.CANCELLED, "The wait for a region was interrupted.", e);
                    }
                }
            };
}
