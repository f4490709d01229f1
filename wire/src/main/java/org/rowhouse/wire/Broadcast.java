package org.rowhouse.wire;

/**
 * Sends each item once, to all who have subscribed at that moment, through one ring in shared
 * memory: its cost does not grow with their number. Nothing is lost: the publisher waits for the
 * slowest, and drops a subscriber that holds it up for longer than 5 s. For one thread at a time.
 */
public interface Broadcast extends AutoCloseable {
    /**
     * Sends an item; blocks while the slowest subscriber is a whole ring behind.
     *
     * @throws org.rowhouse.api.RowhouseException TOO_LARGE if it is longer than a quarter of the
     *     ring (256 KiB)
     */
    void publish(byte[] item);

    /** How many subscribe now. */
    int subscribers();

    /** How many subscribers have been dropped because they held the publisher up. */
    long dropped();

    /** Says that nothing more comes; subscribers take what there is, then their end. */
    void end();

    /** The same, and gives the ring up. */
    @Override
    void close();
}
