package org.rowhouse.memory;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads a range again when it may have changed. For the thread that made it. Invariant: nothing is
 * told as present once the home's lease is over.
 */
final class RangeWatcher implements AutoCloseable {
    /** Between two looks at lease, rights and interrupts when nothing changes. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final HostedRegion region;
    private final WatchedRange range;
    private byte[] told = new byte[0];

    RangeWatcher(HostedRegion region, long offset, int count) {
        this.region = region;
        this.range = region.watch(offset, count, Thread.currentThread());
        range.changed(offset, count); // the present value is told first
    }

    /**
     * Waits for a value that was not told yet, so many nanoseconds at most.
     *
     * @return the version and the bytes, as an item has them; null if none came, or after a while
     *     in which the caller looks around
     */
    byte @Nullable [] next(long atMostNs) {
        range.await(Math.min(Math.min(atMostNs, LOOK_NS), Math.max(region.leaseLeftNs(), 1)));
        region.checkServing();
        if (!range.hasChanged()) {
            return null;
        }
        range.take();
        byte[] item = new byte[Frames.VERSION_BYTES + range.count()];
        long version = region.read(range.offset(), range.count(), item, Frames.VERSION_BYTES);
        Frames.putLong(item, 0, version);
        if (sameBytes(item)) {
            return null;
        }
        told = item;
        return item;
    }

    private boolean sameBytes(byte[] item) {
        return told.length == item.length
                && Arrays.equals(
                        told, Frames.VERSION_BYTES, told.length, item, Frames.VERSION_BYTES,
                        item.length);
    }

    @Override
    public void close() {
        region.unwatch(range);
    }
}
