package org.rowhouse.benchmarks;

import java.time.Duration;

/** A system that carries durable messages from a sender to a receiver, who acknowledges them. */
interface Courier extends AutoCloseable {
    /** The size of a message's body in bytes, and how many may be on their way to the log. */
    int BODY_BYTES = 64;

    /** Messages that have been sent and are not known to be durable yet. */
    int OUTSTANDING = 64;

    /** Its name as the report prints it. */
    String name();

    /**
     * Sends for so long, with {@link #OUTSTANDING} messages not yet durable, while its receiver
     * receives and acknowledges; then waits until the last is acknowledged.
     *
     * @return messages per second, over the whole
     */
    double deliver(Duration time);

    /** Sends one message on an idle system and gives the time until the receiver has it. */
    Duration once();

    @Override
    void close();

    /** A body of the agreed size. */
    static String body() {
        return "x".repeat(BODY_BYTES);
    }
}
