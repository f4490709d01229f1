package org.rowhouse.wire;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A call whose answer one thread waits for. */
final class PendingCall implements Asked {
    private static final int SENDS = 3;
    private static final int WAITS = 0;
    private static final int APPOINTED = 1;
    private static final int GONE = 2;

    private final Thread waiter = Thread.currentThread();
    private final long deadlineNs;
    private @Nullable Joining joining;
    private volatile @Nullable Object outcome;
    private volatile long beginsAt = Long.MAX_VALUE;

    /**
     * Whether it still sends, waits, is to lead, or has gone. One that sends may wait for room,
     * which the reader must never do: it cannot be appointed.
     */
    private final AtomicInteger seat = new AtomicInteger(SENDS);

    /** A call of the current thread, which waits until then at most. */
    PendingCall(long deadlineNs) {
        this.deadlineNs = deadlineNs;
    }

    long deadlineNs() {
        return deadlineNs;
    }

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

    /**
     * Makes the waiting caller the reader, who has the role from now on.
     *
     * @return false if it does not wait any more
     */
    boolean appoint() {
        if (outcome != null || !seat.compareAndSet(WAITS, APPOINTED)) {
            return false;
        }
        LockSupport.unpark(waiter);
        return true;
    }

    /** Whether the caller has been made the reader; it then has to lead. */
    boolean appointed() {
        return seat.compareAndSet(APPOINTED, WAITS);
    }

    /** The caller waits no more; true if it has the role of the reader and must give it back. */
    boolean leave() {
        return seat.getAndSet(GONE) == APPOINTED;
    }

    /** Lets the caller look at the time. */
    void wake() {
        LockSupport.unpark(waiter);
    }

    /**
     * Waits until it is done, is to lead, the deadline has passed, or on an interrupt. The alarm of
     * the session wakes it at its deadline: a park without a limit is much cheaper.
     */
    void await(long deadlineNs) {
        seat.compareAndSet(SENDS, WAITS);
        while (outcome == null
                && seat.get() == WAITS
                && !waiter.isInterrupted()
                && deadlineNs - System.nanoTime() > 0) {
            LockSupport.park(this);
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
