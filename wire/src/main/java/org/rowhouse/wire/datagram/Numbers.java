package org.rowhouse.wire.datagram;

/**
 * The numbers of packets that have come, as ranges, newest first; old ranges are forgotten, and
 * what is older than all known ones counts as seen. Not safe for several threads.
 */
final class Numbers {
    /** From and to, both included, in pairs; the newest pair first. */
    private long[] ends = new long[2 * (DatagramBounds.RANGES_KEPT_MAX + 1)];

    private int count;
    private long forgottenTo = -1;

    /** True if it is new; it is seen from then on. */
    boolean add(long number) {
        if (number <= forgottenTo) {
            return false;
        }
        int at = 0;
        while (at < count && ends[2 * at] > number) {
            at++;
        }
        if (at < count && number <= ends[2 * at + 1]) {
            return false;
        }
        boolean above = at > 0 && ends[2 * (at - 1)] == number + 1;
        boolean below = at < count && ends[2 * at + 1] == number - 1;
        if (above && below) {
            ends[2 * (at - 1)] = ends[2 * at];
            remove(at);
        } else if (above) {
            ends[2 * (at - 1)] = number;
        } else if (below) {
            ends[2 * at + 1] = number;
        } else {
            insert(at, number);
        }
        return true;
    }

    private void insert(int at, long number) {
        System.arraycopy(ends, 2 * at, ends, 2 * at + 2, 2 * (count - at));
        ends[2 * at] = number;
        ends[2 * at + 1] = number;
        count++;
        if (count > DatagramBounds.RANGES_KEPT_MAX) {
            count--;
            forgottenTo = ends[2 * count + 1];
        }
    }

    private void remove(int at) {
        count--;
        System.arraycopy(ends, 2 * at + 2, ends, 2 * at, 2 * (count - at));
    }

    int count() {
        return count;
    }

    /** The first number of a range, 0 the newest. */
    long from(int range) {
        return ends[2 * range];
    }

    /** Its last number. */
    long to(int range) {
        return ends[2 * range + 1];
    }
}
