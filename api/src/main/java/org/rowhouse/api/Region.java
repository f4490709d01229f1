package org.rowhouse.api;

/**
 * One incarnation of a named piece of memory, which lies in the process of one node, its home, and
 * is read and changed from anywhere.
 *
 * <p>Every verb is atomic over its whole range, cells and ranges alike, and all of them together
 * are linearizable: each takes effect at one moment between its call and its return. A change is
 * made at most once, however often it had to be sent.
 *
 * <p>The memory is as durable as its home's process. When that is gone the region begins again
 * elsewhere, empty, as a new incarnation; objects of the old one are told so by CONFLICT and never
 * see the new one's zeros. Open the region again to go on.
 *
 * <p>Errors of all verbs, as {@link RowhouseException}: INVALID_ARGUMENT for what lies outside the
 * region or a cell at an odd place, TOO_LARGE for a range above {@link #RANGE_MAX}, FORBIDDEN
 * without the right, CONFLICT if the incarnation is over, NODE_UNAVAILABLE or TIMED_OUT if the home
 * does not answer in time, and {@link PerhapsDoneException} if a change may or may not have been
 * made. Verbs block while they wait for a home elsewhere. Safe for use by many threads.
 */
public interface Region extends AutoCloseable {
    /** Longest range of one verb, in bytes. */
    int RANGE_MAX = 65_536;

    /** Bytes of a cell. */
    int CELL_BYTES = 8;

    /** Its name in the cluster. */
    String name();

    /** Its size. */
    long bytes();

    /** How often it has begun empty, from 1. */
    long incarnation();

    /** Reads a range. */
    default byte[] read(long offset, int length) {
        return see(offset, length).bytes();
    }

    /** Reads a range along with its version. */
    Seen see(long offset, int length);

    /** Writes a range. */
    void write(long offset, byte[] bytes);

    /**
     * A cell by its number, from 0; its offset is 8 times that.
     *
     * @throws RowhouseException INVALID_ARGUMENT if the region has no such cell
     */
    Cell cell(long index);

    /** Watches a range. */
    Watch watch(long offset, int length);

    /** Lets go of it; the region stays. */
    @Override
    void close();
}
