package org.rowhouse.wire.link;

import java.time.Duration;

/**
 * What a link does to what passes in one direction: says when each packet arrives, if at all.
 *
 * <p>Chance is a function of the seed and the packet's number alone, not of time or of what
 * happened before: packet 17 of a seed is lost or not, whoever sends it and when. Time comes in by
 * the caller. Safe for all threads.
 */
final class Course {
    private static final long[] NEVER = {};

    /** Each kind of chance draws from a stream of its own. */
    private static final int LOSS = 1;

    private static final int DUPLICATE = 2;
    private static final int REORDER = 3;
    private static final int JITTER = 4;
    private static final int STALL = 5;

    private final long seed;
    private LinkTraits traits;
    private boolean cut;
    private long packets;

    /** When the bottleneck has passed on all that waits before it. */
    private long busyUntilNs;

    private boolean busy;
    private LinkCounts counts = new LinkCounts(0, 0, 0, 0, 0, 0, 0);

    Course(long seed, LinkTraits traits) {
        this.seed = seed;
        this.traits = traits;
    }

    synchronized void change(LinkTraits other) {
        traits = other;
    }

    synchronized void cut(boolean now) {
        cut = now;
    }

    synchronized boolean isCut() {
        return cut;
    }

    synchronized LinkCounts counts() {
        return counts;
    }

    /**
     * Sends a datagram on its way.
     *
     * @param nowNs the time, as {@link System#nanoTime} counts
     * @return when it arrives: never, once or twice
     */
    synchronized long[] datagram(int bytes, long nowNs) {
        long number = packets++;
        if (cut) {
            count(0, 0, 0, 1, 0, 0);
            return NEVER;
        }
        // A lost packet has passed the bottleneck before, as on a radio link.
        long leftNs = leaves(bytes, nowNs);
        if (leftNs < 0) {
            count(0, 0, 1, 0, 0, 0);
            return NEVER;
        }
        if (chance(LOSS, number) < traits.loss()) {
            count(0, 1, 0, 0, 0, 0);
            return NEVER;
        }
        long tookNs = leftNs + traits.delay().toNanos() + jitterNs(number);
        boolean overtaken = chance(REORDER, number) < traits.reorder();
        if (overtaken) {
            Duration more =
                    traits.delay().compareTo(LinkBounds.OVERTAKEN) > 0
                            ? traits.delay()
                            : LinkBounds.OVERTAKEN;
            tookNs += more.toNanos();
        }
        boolean twice = chance(DUPLICATE, number) < traits.duplicate();
        count(twice ? 2 : 1, 0, 0, 0, twice ? 1 : 0, overtaken ? 1 : 0);
        long arrives = nowNs + tookNs;
        return twice ? new long[] {arrives, arrives} : new long[] {arrives};
    }

    /** Sends a chunk of a stream on its way: says when it arrives if nothing before it is late. */
    synchronized long chunk(int bytes, long nowNs) {
        long number = packets++;
        long tookNs = waits(bytes, nowNs) + traits.delay().toNanos() + jitterNs(number);
        if (chance(STALL, number) < traits.stall()) {
            tookNs += traits.stallTime().toNanos();
        }
        count(1, 0, 0, 0, 0, 0);
        return nowNs + tookNs;
    }

    /** A datagram that was to pass and could not, for want of room. */
    synchronized void dropped(int copies) {
        LinkCounts was = counts;
        counts =
                new LinkCounts(
                        was.taken(),
                        was.passed() - copies,
                        was.lost(),
                        was.dropped() + copies,
                        was.cut(),
                        was.doubled(),
                        was.reordered());
    }

    /** How long from now until the bottleneck has let it through; negative if the queue is full. */
    private long leaves(int bytes, long nowNs) {
        long rate = traits.bytesPerSecond();
        if (rate == Long.MAX_VALUE) {
            return 0;
        }
        long waitingNs = busy ? Math.max(0, busyUntilNs - nowNs) : 0;
        double waitingBytes = waitingNs / 1e9 * rate;
        if (waitingBytes > 0 && waitingBytes + bytes > traits.queueBytes()) {
            return -1;
        }
        return waits(bytes, nowNs);
    }

    private long waits(int bytes, long nowNs) {
        long rate = traits.bytesPerSecond();
        if (rate == Long.MAX_VALUE) {
            return 0;
        }
        long waitingNs = busy ? Math.max(0, busyUntilNs - nowNs) : 0;
        long tookNs = waitingNs + (long) (bytes * 1e9 / rate);
        busyUntilNs = nowNs + tookNs;
        busy = true;
        return tookNs;
    }

    private long jitterNs(long number) {
        return (long) (traits.jitter().toNanos() * chance(JITTER, number));
    }

    /** Evenly in [0, 1): SplitMix64 (Steele, Lea, Flood 2014) of the seed, the kind and number. */
    private double chance(int kind, long number) {
        long mixed = mix(seed + 0x9E3779B97F4A7C15L * kind);
        mixed = mix(mixed + 0x9E3779B97F4A7C15L * (number + 1));
        return (mixed >>> 11) * 0x1.0p-53;
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private void count(
            long passed, long lost, long dropped, long atCut, long duplicated, long reordered) {
        counts =
                counts.plus(new LinkCounts(1, passed, lost, dropped, atCut, duplicated, reordered));
    }
}
