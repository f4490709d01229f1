package org.rowhouse.memory;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Seen;
import org.rowhouse.api.Verb;
import org.rowhouse.api.Watch;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Exchange;

/**
 * A watch of a region elsewhere. A thread of its own takes what comes and keeps the latest; when
 * the connection breaks it watches again over another one, where the present value comes first.
 */
final class RemoteWatch implements Watch {
    /** An exchange ends after this; it is then opened again. */
    private static final Duration EXCHANGE = Duration.ofHours(1);

    private final RemoteRegion region;
    private final byte[] request;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition came = lock.newCondition();
    private volatile boolean closed;
    private @Nullable Exchange exchange;
    private byte @Nullable [] latest;
    private byte @Nullable [] told;
    private @Nullable RowhouseException failure;

    private RemoteWatch(RemoteRegion region, long offset, int count) {
        this.region = region;
        this.request = region.rangeRequest(offset, count);
    }

    static RemoteWatch open(RemoteRegion region, long offset, int count) {
        RemoteWatch watch = new RemoteWatch(region, offset, count);
        Thread.ofVirtual().name("watch " + region.name()).start(watch::receive);
        return watch;
    }

    private void receive() {
        long deadlineNs = region.deadlineNs();
        while (!closed) {
            RemoteRegion.Link link = null;
            try {
                link = region.link();
                Frames.putLong(request, Frames.HANDLE, link.handle());
                try (Exchange open =
                        region.connection(link)
                                .open(Frames.WATCH, request, CallOptions.within(EXCHANGE))) {
                    if (!keep(open)) {
                        return;
                    }
                    byte[] item = open.receive();
                    while (item != null) {
                        deadlineNs = region.deadlineNs();
                        arrived(item);
                        item = open.receive();
                    }
                }
            } catch (RowhouseException e) {
                if (closed || !goesOn(link, e, deadlineNs)) {
                    fail(e);
                    return;
                }
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the very same one
    private boolean goesOn(RemoteRegion.@Nullable Link link, RowhouseException e, long deadlineNs) {
        try {
            if (e.code() != ErrorCode.TIMED_OUT) {
                region.recoverFrom(link, e, deadlineNs);
            }
            return true;
        } catch (RowhouseException last) {
            if (last != e) {
                e.addSuppressed(last);
                fail(last);
            }
            return false;
        }
    }

    private boolean keep(Exchange open) {
        lock.lock();
        try {
            exchange = open;
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void arrived(byte[] item) {
        lock.lock();
        try {
            latest = item;
            came.signal();
        } finally {
            lock.unlock();
        }
    }

    private void fail(RowhouseException e) {
        lock.lock();
        try {
            if (failure == null) {
                failure = e;
            }
            came.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable Seen next(Duration atMost) {
        lock.lock();
        try {
            long leftNs = atMost.toNanos();
            while (true) {
                byte[] item = latest;
                latest = null;
                if (item != null && !sameAsTold(item)) {
                    told = item;
                    return seen(item);
                }
                if (failure != null) {
                    throw new RowhouseException(failure.code(), message(failure), failure);
                }
                if (leftNs <= 0) {
                    return null;
                }
                leftNs = came.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.CANCELLED, "The watch of a region was interrupted.", e);
        } finally {
            lock.unlock();
        }
    }

    private static String message(RowhouseException e) {
        String message = e.getMessage();
        return message == null ? "The watch ended." : message;
    }

    private boolean sameAsTold(byte[] item) {
        return told != null
                && Arrays.equals(
                        told,
                        Frames.VERSION_BYTES,
                        told.length,
                        item,
                        Frames.VERSION_BYTES,
                        item.length);
    }

    private static Seen seen(byte[] item) {
        return new Seen(
                Frames.getLong(item, 0),
                Arrays.copyOfRange(item, Frames.VERSION_BYTES, item.length));
    }

    @Override
    public void close() {
        closed = true;
        Exchange open;
        lock.lock();
        try {
            open = exchange;
        } finally {
            lock.unlock();
        }
        if (open != null) {
            open.close();
        }
        fail(
                new RowhouseException(
                        ErrorCode.CONFLICT,
                        "This " + Verb.WATCH.word() + " of a region was closed."));
    }
}
