package org.rowhouse.memory;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Reads a range again when it may have changed. For one thread at a time. Invariant: nothing is
 * told as present once the home's lease is over.
 */
final class RangeWatcher implements AutoCloseable {
    /** Between two looks at lease, rights and interrupts when nothing changes. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final byte[] NOTHING = new byte[0];

    private final HostedRegion region;
    private final WatchedRange range;
    private byte[] told = NOTHING;

    RangeWatcher(HostedRegion region, long offset, int count) {
        this.region = region;
        this.range = region.watch(offset, count);
        range.changed(offset, count); // the present value is told first
    }

    /**
     * Waits for a value that was not told yet, so many nanoseconds at most.
     *
     * @return the version and the bytes, as an item has them; nothing if none came, also before
     *     that time is over: the caller looks around and asks again
     */
    byte[] next(long atMostNs) {
        range.await(Math.min(Math.min(atMostNs, LOOK_NS), Math.max(region.leaseLeftNs(), 1)));
        region.checkServing();
        if (!range.hasChanged()) {
            return NOTHING;
        }
        range.take();
        byte[] item = new byte[Frames.VERSION_BYTES + range.count()];
        long version = region.read(range.offset(), range.count(), item, Frames.VERSION_BYTES);
        Frames.putLong(item, 0, version);
        if (sameBytes(item)) {
            return NOTHING;
        }
        told = item;
        return item;
    }

    private boolean sameBytes(byte[] item) {
        return told.length == item.length
                && Arrays.equals(
                        told,
                        Frames.VERSION_BYTES,
                        told.length,
                        item,
                        Frames.VERSION_BYTES,
                        item.length);
    }

    @Override
    public void close() {
        region.unwatch(range);
    }
}
