package org.rowhouse.benchmarks;

import java.time.Duration;

/** One system's way to a peer in another JVM that echoes and counts. */
interface WireSide extends AutoCloseable {
    /** Asks and waits for the same bytes. */
    byte[] call(byte[] request);

    /**
     * Sends items one way for so long.
     *
     * @return how many the peer had received when all was sent
     */
    long stream(byte[] item, Duration time);

    /**
     * Sends each item to so many receivers, in the other JVM, for so long.
     *
     * @return how many of them had come, summed over the receivers
     */
    long broadcast(byte[] item, int receivers, Duration time);

    @Override
    void close();
}
