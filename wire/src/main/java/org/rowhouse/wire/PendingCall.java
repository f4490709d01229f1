package org.rowhouse.wire;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A call whose answer one thread waits for. */
final class PendingCall implements Asked {
    private final Thread waiter = Thread.currentThread();
    private @Nullable Joining joining;
    private volatile @Nullable Object outcome;
    private volatile long beginsAt = Long.MAX_VALUE;

    void beginsAt(long position) {
        beginsAt = position;
    }

    @Override
    public long beginsAt() {
        return beginsAt;
    }

    boolean done() {
        return outcome != null;
    }

    @Override
    public void reply(byte[] bytes, int at, int lengthBytes, boolean more) throws ProtocolError {
        Joining parts = joining;
        if (parts == null && !more) {
            complete(Arrays.copyOfRange(bytes, at, at + lengthBytes));
            return;
        }
        if (parts == null) {
            parts = new Joining();
            joining = parts;
        }
        if (parts.size() + lengthBytes > WireBounds.MESSAGE_BYTES_MAX) {
            throw new ProtocolError("A reply is longer than this side takes.");
        }
        parts.add(bytes, at, lengthBytes);
        if (!more) {
            complete(parts.take());
        }
    }

    @Override
    public void fail(RowhouseException error) {
        complete(error);
    }

    private void complete(Object result) {
        if (outcome == null) {
            outcome = result;
            if (waiter != Thread.currentThread()) {
                LockSupport.unpark(waiter);
            }
        }
    }

    /** Waits until it is done; returns sooner if the deadline has passed or on an interrupt. */
    void await(long deadlineNs) {
        while (outcome == null && !waiter.isInterrupted()) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                return;
            }
            LockSupport.parkNanos(this, leftNs);
        }
    }

    /** The answer, or what the peer answered instead. */
    byte[] result() {
        Object found = outcome;
        if (found instanceof byte[] reply) {
            return reply;
        }
        if (found instanceof LostException lost) {
            throw new LostException(String.valueOf(lost.getMessage()), lost.perhapsDone());
        }
        if (found instanceof RowhouseException error) {
            throw error;
        }
        throw new RowhouseException(ErrorCode.INTERNAL, "A call ended without an answer.");
    }
}
