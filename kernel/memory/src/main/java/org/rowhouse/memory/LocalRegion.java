package org.rowhouse.memory;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Cell;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Seen;
import org.rowhouse.api.Verb;
import org.rowhouse.api.Watch;

/**
 * A region whose home is this process: verbs go straight to its memory. While the lease is not good
 * they wait for it, as those from elsewhere do. Safe for use by many threads.
 */
final class LocalRegion implements Region {
    private final HostedRegion hosted;
    private final String principal;
    private final Waiting waiting;
    private final Duration patience;
    private volatile boolean closed;

    LocalRegion(HostedRegion hosted, String principal, Waiting waiting, Duration patience) {
        this.hosted = hosted;
        this.principal = principal;
        this.waiting = waiting;
        this.patience = patience;
        if (hosted.allowed(principal) == 0) {
            throw Refusals.noRightAtAll(hosted.row().name(), principal);
        }
    }

    @Override
    public String name() {
        return hosted.row().name();
    }

    @Override
    public long bytes() {
        return hosted.row().bytes();
    }

    @Override
    public long incarnation() {
        return hosted.row().incarnation();
    }

    private <T> T patiently(Verb verb, Supplier<T> deed) {
        if (closed) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT, "This object of the region '" + name() + "' was closed.");
        }
        if ((hosted.allowed(principal) & verb.bit()) == 0) {
            throw Refusals.noRight(name(), verb);
        }
        long deadlineNs = waiting.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return deed.get();
            } catch (RowhouseException e) {
                // Refused before anything was done: it can be tried again.
                if (e.code() != ErrorCode.NODE_UNAVAILABLE
                        || waiting.nanoTime() - deadlineNs >= 0) {
                    throw e;
                }
                waiting.pause(MemoryBounds.RETRY_PAUSE);
            }
        }
    }

    @Override
    public Seen see(long offset, int length) {
        hosted.checkRange(offset, length);
        byte[] range = new byte[length];
        return patiently(Verb.READ, () -> new Seen(hosted.read(offset, length, range, 0), range));
    }

    @Override
    public void write(long offset, byte[] bytes) {
        patiently(Verb.WRITE, () -> hosted.write(offset, bytes.length, bytes, 0));
    }

    @Override
    public Cell cell(long index) {
        if (index < 0 || index > bytes() / CELL_BYTES - 1) {
            throw Refusals.noCell(name(), index, bytes() / CELL_BYTES);
        }
        return new LocalCell(index * CELL_BYTES);
    }

    private final class LocalCell implements Cell {
        private final long offset;

        LocalCell(long offset) {
            this.offset = offset;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long get() {
            return patiently(Verb.READ, () -> hosted.get(offset));
        }

        @Override
        public void set(long value) {
            byte[] cell = new byte[CELL_BYTES];
            Frames.putLong(cell, 0, value);
            LocalRegion.this.write(offset, cell);
        }

        @Override
        public long compareAndExchange(long expected, long next) {
            return patiently(
                            Verb.COMPARE_AND_SET,
                            () -> hosted.compareAndSet(offset, expected, next))
                    .before();
        }

        @Override
        public long fetchAdd(long delta) {
            return patiently(Verb.FETCH_ADD, () -> hosted.fetchAdd(offset, delta)).before();
        }

        @Override
        public Watch watch() {
            return LocalRegion.this.watch(offset, CELL_BYTES);
        }
    }

    @Override
    public Watch watch(long offset, int length) {
        return new LocalWatch(offset, length);
    }

    /** Watches on the thread that asks. */
    private final class LocalWatch implements Watch {
        private final RangeWatcher watcher;

        LocalWatch(long offset, int length) {
            this.watcher = patiently(Verb.WATCH, () -> new RangeWatcher(hosted, offset, length));
        }

        @Override
        public @Nullable Seen next(Duration atMost) {
            long deadlineNs = System.nanoTime() + atMost.toNanos();
            while (true) {
                long leftNs = deadlineNs - System.nanoTime();
                byte[] item = patiently(Verb.WATCH, () -> watcher.next(leftNs));
                if (item.length > 0) {
                    return new Seen(
                            Frames.getLong(item, 0),
                            Arrays.copyOfRange(item, Frames.VERSION_BYTES, item.length));
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new RowhouseException(
                            ErrorCode.CANCELLED, "The watch of a region was interrupted.");
                }
                if (leftNs <= 0) {
                    return null;
                }
            }
        }

        @Override
        public void close() {
            watcher.close();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
