package org.rowhouse.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The bytes of one incarnation of a region, outside the heap.
 *
 * <p>Invariant: every verb is atomic over its whole range. The region is cut into stripes of a
 * page; a change holds the locks of all stripes it touches, a read looks at them without a lock
 * first and looks again if a change came between (a sequence lock), so that readers do not disturb
 * each other. Lock order: by index. A stripe's version is the number that the region's last change
 * of it had, so equal versions mean equal bytes.
 *
 * <p>Thread: any. Locks are held for a copy of at most {@link MemoryBounds#RANGE_MAX} bytes.
 * Failure: after {@link #close} every verb throws CONFLICT.
 */
final class RegionMemory implements AutoCloseable {
    private static final ValueLayout.OfLong CELL =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final long length;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes;
    private final StampedLock[] locks;
    private final long[] versions;
    private final List<List<WatchedRange>> watched;
    private final AtomicLong changes = new AtomicLong();
    private volatile boolean over;

    /** What a change of a cell gives. */
    record Changed(long version, long before) {}

    /**
     * Memory full of zeros.
     *
     * @param length in bytes, a multiple of 8
     * @throws OutOfMemoryError if the machine has no more
     */
    RegionMemory(String name, long length) {
        this.name = name;
        this.length = length;
        this.bytes = arena.allocate(length, MemoryBounds.STRIPE_BYTES);
        long stripes = (length + MemoryBounds.STRIPE_BYTES - 1) / MemoryBounds.STRIPE_BYTES;
        int count = (int) Math.min(stripes, MemoryBounds.LOCKS_MAX);
        this.locks = new StampedLock[count];
        this.versions = new long[count];
        this.watched = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            locks[i] = new StampedLock();
            watched.add(List.of());
        }
    }

    long length() {
        return length;
    }

    /** Whether it has been closed. */
    boolean isOver() {
        return over;
    }

    /** The indices of the locks of a range: one run, or two if it wraps around. */
    private record Span(int from, int to, int wrappedTo) {
        /** The lock after {@code index} in the order of locking; -1 after the last one. */
        int after(int index) {
            if (index < wrappedTo) {
                return index + 1;
            }
            if (index == wrappedTo) {
                return from;
            }
            return index < to ? index + 1 : -1;
        }

        int first() {
            return wrappedTo >= 0 ? 0 : from;
        }
    }

    private int lockOf(long offset) {
        return (int) (offset / MemoryBounds.STRIPE_BYTES % locks.length);
    }

    private Span span(long offset, int count) {
        int from = lockOf(offset);
        int to = lockOf(offset + count - 1);
        if (to >= from) {
            return new Span(from, to, -1);
        }
        return new Span(from, locks.length - 1, to);
    }

    /**
     * Reads {@code count} bytes to {@code target} from {@code at} on; the caller has checked that
     * they are there.
     *
     * @return their version
     */
    long read(long offset, int count, byte[] target, int at) {
        int from = lockOf(offset);
        if (from == lockOf(offset + count - 1) && count <= MemoryBounds.STRIPE_BYTES) {
            for (int i = 0; i < MemoryBounds.OPTIMISTIC_READS; i++) {
                long stamp = locks[from].tryOptimisticRead();
                if (stamp != 0) {
                    copy(offset, count, target, at);
                    long version = versions[from];
                    if (locks[from].validate(stamp)) {
                        return version;
                    }
                }
            }
        }
        return readLocked(span(offset, count), offset, count, target, at);
    }

    private void copy(long offset, int count, byte[] target, int at) {
        try {
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, target, at, count);
        } catch (IllegalStateException e) {
            throw closed(); // the arena has been closed under a reader that holds no lock
        }
    }

    private long readLocked(Span span, long offset, int count, byte[] target, int at) {
        long[] stamps = new long[locks.length < 32 ? locks.length : 32];
        int held = 0;
        try {
            long version = 0;
            for (int i = span.first(); i >= 0; i = span.after(i)) {
                stamps[held++] = locks[i].readLock();
                version = Math.max(version, versions[i]);
            }
            checkOpen();
            copy(offset, count, target, at);
            return version;
        } finally {
            int j = 0;
            for (int i = span.first(); i >= 0 && j < held; i = span.after(i)) {
                locks[i].unlockRead(stamps[j++]);
            }
        }
    }

    /**
     * Writes {@code count} bytes of {@code source} from {@code at} on.
     *
     * @return the version they have now
     */
    long write(long offset, int count, byte[] source, int at) {
        Span span = span(offset, count);
        lock(span);
        try {
            checkOpen();
            MemorySegment.copy(source, at, bytes, ValueLayout.JAVA_BYTE, offset, count);
            return changed(span, offset, count);
        } finally {
            unlock(span);
        }
    }

    /** Reads a cell. */
    long get(long offset) {
        byte[] cell = new byte[Long.BYTES];
        read(offset, Long.BYTES, cell, 0);
        return MemorySegment.ofArray(cell).get(CELL_UNALIGNED, 0);
    }

    private static final ValueLayout.OfLong CELL_UNALIGNED =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Writes {@code next} to a cell if it holds {@code expected}; gives what it held. */
    Changed compareAndSet(long offset, long expected, long next) {
        int i = lockOf(offset);
        long stamp = locks[i].writeLock();
        try {
            checkOpen();
            long before = bytes.get(CELL, offset);
            if (before != expected) {
                return new Changed(versions[i], before);
            }
            bytes.set(CELL, offset, next);
            return new Changed(changed(i, offset, Long.BYTES), before);
        } finally {
            locks[i].unlockWrite(stamp);
        }
    }

    /** Adds to a cell; gives what it held. */
    Changed fetchAdd(long offset, long delta) {
        int i = lockOf(offset);
        long stamp = locks[i].writeLock();
        try {
            checkOpen();
            long before = bytes.get(CELL, offset);
            bytes.set(CELL, offset, before + delta);
            return new Changed(changed(i, offset, Long.BYTES), before);
        } finally {
            locks[i].unlockWrite(stamp);
        }
    }

    private void lock(Span span) {
        for (int i = span.first(); i >= 0; i = span.after(i)) {
            locks[i].writeLock();
        }
    }

    /** A lock that is held for writing has one stamp at a time. */
    private void unlock(Span span) {
        for (int i = span.first(); i >= 0; i = span.after(i)) {
            locks[i].tryUnlockWrite();
        }
    }

    private long changed(Span span, long offset, int count) {
        long version = changes.incrementAndGet();
        for (int i = span.first(); i >= 0; i = span.after(i)) {
            versions[i] = version;
            tell(i, offset, count);
        }
        return version;
    }

    private long changed(int i, long offset, int count) {
        long version = changes.incrementAndGet();
        versions[i] = version;
        tell(i, offset, count);
        return version;
    }

    private void tell(int i, long offset, int count) {
        List<WatchedRange> there = watched.get(i);
        for (int k = 0; k < there.size(); k++) {
            there.get(k).changed(offset, count);
        }
    }

    /**
     * Tells a range's watcher of changes from now on.
     *
     * @throws RowhouseException OVERLOADED if too many watch there
     */
    void watch(WatchedRange range) {
        Span span = span(range.offset(), range.count());
        boolean full = false;
        lock(span);
        try {
            checkOpen();
            for (int i = span.first(); i >= 0; i = span.after(i)) {
                full |= watched.get(i).size() >= MemoryBounds.WATCHES_OF_STRIPE_MAX;
            }
            for (int i = span.first(); !full && i >= 0; i = span.after(i)) {
                watched.set(i, with(watched.get(i), range));
            }
        } finally {
            unlock(span);
        }
        if (full) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "Too many watch this part of the region '"
                            + name
                            + "': "
                            + MemoryBounds.WATCHES_OF_STRIPE_MAX
                            + " is the limit.");
        }
    }

    /** Tells it no longer. */
    void unwatch(WatchedRange range) {
        Span span = span(range.offset(), range.count());
        lock(span);
        try {
            for (int i = span.first(); i >= 0; i = span.after(i)) {
                watched.set(i, watched.get(i).stream().filter(one -> one != range).toList());
            }
        } finally {
            unlock(span);
        }
    }

    private static List<WatchedRange> with(
            List<WatchedRange> ranges, @Nullable WatchedRange range) {
        List<WatchedRange> all = new ArrayList<>(ranges);
        if (range != null) {
            all.add(range);
        }
        return List.copyOf(all);
    }

    private void checkOpen() {
        if (over) {
            throw closed();
        }
    }

    private RowhouseException closed() {
        return Refusals.incarnationOver(name);
    }

    /** Gives the bytes back; verbs fail from now on, and those that watch are woken. */
    @Override
    public void close() {
        Span all = new Span(0, locks.length - 1, -1);
        lock(all);
        try {
            if (over) {
                return;
            }
            over = true;
            for (int i = 0; i < locks.length; i++) {
                watched.get(i).forEach(WatchedRange::over);
                watched.set(i, List.of());
            }
        } finally {
            unlock(all);
        }
        arena.close();
    }
}
