package org.rowhouse.wire;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * One side of an exchange.
 *
 * <p>Items wait in two queues: the reading thread fills one under the lock, the receiver empties
 * another of its own and takes the full one over when that is empty, so they rarely meet. The same
 * with credit: the sender spends what it has and only looks for more when that is gone.
 */
final class WireExchange implements Exchange, Asked {
    private final Session session;
    private final int number;
    private final boolean asked;
    private final long deadlineNs;
    private final int chunkBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private ArrayDeque<Object> inbox = new ArrayDeque<>();
    private ArrayDeque<Object> taken = new ArrayDeque<>();
    private @Nullable Joining joining;
    private int openBytes = WireBounds.WINDOW_BYTES;
    private int creditDue;
    private int partsDue;
    private boolean peerEnded;
    private boolean over;
    private @Nullable RowhouseException error;

    private long credit;
    private long granted;
    private boolean ended;
    private volatile long beginsAt = Long.MAX_VALUE;
    private volatile boolean closing;

    /**
     * A side of an exchange.
     *
     * @param asked whether this side has opened it
     */
    WireExchange(Session session, int number, boolean asked, long deadlineNs) {
        this.session = session;
        this.number = number;
        this.asked = asked;
        this.deadlineNs = deadlineNs;
        Limits peer = session.limits();
        this.credit = peer.windowBytes();
        this.chunkBytes =
                Math.min(peer.frameBytes(), peer.windowBytes() / 2 - WireBounds.ITEM_BYTES);
    }

    void beginsAt(long position) {
        beginsAt = position;
    }

    @Override
    public long beginsAt() {
        return beginsAt;
    }

    @Override
    public void send(byte[] item) {
        if (item.length > session.limits().messageBytes()) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "An item has %,d bytes; the peer takes at most %,d."
                            .formatted(item.length, session.limits().messageBytes()));
        }
        if (ended) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT, "This side of the exchange has ended: it sends no more.");
        }
        int at = 0;
        boolean whole = false;
        try {
            do {
                int part = Math.min(chunkBytes, item.length - at);
                spend(part + WireBounds.ITEM_BYTES);
                boolean more = at + part < item.length;
                session.sendItem(number, item, at, part, more, deadlineNs);
                at += part;
            } while (at < item.length);
            whole = true;
        } finally {
            if (!whole && at > 0) {
                // The peer has half an item: nothing that came behind it could be told apart.
                close();
            }
        }
    }

    private void spend(int cost) {
        if (credit < cost || over) {
            lock.lock();
            try {
                credit += granted;
                granted = 0;
                while (credit < cost) {
                    checkSending();
                    awaitChange();
                    credit += granted;
                    granted = 0;
                }
                checkSending();
            } finally {
                lock.unlock();
            }
        }
        credit -= cost;
    }

    private void checkSending() {
        if (error != null) {
            throw copyOf(error);
        }
        if (over) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT, "The peer has ended the exchange: it takes no more.");
        }
    }

    @SuppressWarnings("WaitNotInLoop") // Those that call it loop.
    private void awaitChange() {
        long leftNs = deadlineNs - System.nanoTime();
        try {
            if (leftNs > 0 && changed.await(leftNs, TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.CANCELLED, "The thread was interrupted.");
        }
        if (deadlineNs - System.nanoTime() <= 0) {
            close();
            throw new RowhouseException(
                    ErrorCode.TIMED_OUT, "The exchange did not end before its deadline.");
        }
    }

    @Override
    public void endSending() {
        if (ended) {
            return;
        }
        ended = true;
        boolean tell;
        lock.lock();
        try {
            tell = !over;
        } finally {
            lock.unlock();
        }
        if (tell) {
            session.sendControl(Frame.END, number, new byte[0], deadlineNs);
        }
    }

    @Override
    public byte @Nullable [] receive() {
        Object item = taken.poll();
        if (item == null) {
            if (!refill()) {
                return null;
            }
            item = taken.remove();
        }
        if (item instanceof Joined joined) {
            session.releaseJoined(joined.bytes.length);
            credited(joined.lastCost);
            return joined.bytes;
        }
        byte[] bytes = (byte[]) item;
        credited(bytes.length + WireBounds.ITEM_BYTES);
        return bytes;
    }

    private void credited(int cost) {
        creditDue += cost;
        if (creditDue >= WireBounds.WINDOW_BYTES / 2) {
            giveCredit();
        }
    }

    private void giveCredit() {
        int given = creditDue;
        creditDue = 0;
        lock.lock();
        try {
            if (over || peerEnded) {
                return;
            }
            openBytes += given;
        } finally {
            lock.unlock();
        }
        session.sendCredit(number, given, deadlineNs);
    }

    /** Takes the full queue over; false if no item will come any more. */
    private boolean refill() {
        while (true) {
            lock.lock();
            try {
                while (inbox.isEmpty() && partsDue == 0) {
                    if (error != null) {
                        throw copyOf(error);
                    }
                    if (peerEnded || over) {
                        return false;
                    }
                    awaitChange();
                }
                if (!inbox.isEmpty()) {
                    ArrayDeque<Object> full = inbox;
                    inbox = taken;
                    taken = full;
                    return true;
                }
                creditDue += partsDue;
                partsDue = 0;
            } finally {
                lock.unlock();
            }
            // All that was whole has been taken: now the parts of the next one may go on.
            giveCredit();
        }
    }

    /** An item, or a part of one, has come. */
    void item(byte[] bytes, int at, int lengthBytes, boolean more) throws ProtocolError {
        int cost = lengthBytes + WireBounds.ITEM_BYTES;
        lock.lock();
        try {
            if (peerEnded) {
                throw new ProtocolError("An item came after the end.");
            }
            openBytes -= cost;
            if (openBytes < 0) {
                throw new ProtocolError("An item came without credit.");
            }
            if (over) {
                return;
            }
            if (joining == null && !more) {
                add(Arrays.copyOfRange(bytes, at, at + lengthBytes));
                return;
            }
            if (!join(bytes, at, lengthBytes, cost, more)) {
                return;
            }
            openBytes += cost;
        } finally {
            lock.unlock();
        }
        session.sendCreditFromReader(number, cost);
    }

    /** Adds a part; true if its credit is to be given back at once, for nothing whole waits. */
    private boolean join(byte[] bytes, int at, int lengthBytes, int cost, boolean more)
            throws ProtocolError {
        Joining parts = joining;
        if (parts == null) {
            parts = new Joining();
            joining = parts;
        }
        if (parts.size() + lengthBytes > WireBounds.MESSAGE_BYTES_MAX) {
            throw new ProtocolError("An item is longer than this side takes.");
        }
        if (!session.reserveJoined(lengthBytes)) {
            session.overloaded(this, number);
            return false;
        }
        parts.add(bytes, at, lengthBytes);
        if (!more) {
            joining = null;
            add(new Joined(parts.take(), cost));
            return false;
        }
        if (inbox.isEmpty()) {
            return true;
        }
        partsDue += cost;
        return false;
    }

    private void add(Object item) {
        inbox.add(item);
        if (inbox.size() == 1) {
            changed.signalAll();
        }
    }

    /** The peer sends no more. */
    void end() {
        lock.lock();
        try {
            peerEnded = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The peer lets this side send so many bytes more. */
    void credit(int bytes) throws ProtocolError {
        lock.lock();
        try {
            if (bytes <= 0 || granted + bytes > Integer.MAX_VALUE) {
                throw new ProtocolError("A credit is out of range.");
            }
            granted += bytes;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reply(byte[] bytes, int at, int lengthBytes, boolean more) {
        finish(null);
    }

    @Override
    public void fail(RowhouseException failure) {
        finish(failure);
    }

    /** Gives back what its unread items hold; only when nobody receives any more. */
    void release() {
        lock.lock();
        try {
            int held = joining == null ? 0 : joining.size();
            joining = null;
            held += clear(inbox) + clear(taken);
            if (held > 0) {
                session.releaseJoined(held);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Empties a queue; gives what the joined items in it held. */
    private static int clear(ArrayDeque<Object> queue) {
        int held = 0;
        for (Object item : queue) {
            held += item instanceof Joined joined ? joined.bytes.length : 0;
        }
        queue.clear();
        return held;
    }

    /** Both directions end; what has come can still be received, unless it failed. */
    void finish(@Nullable RowhouseException failure) {
        lock.lock();
        try {
            if (!over) {
                over = true;
                error = failure;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (asked) {
            session.forget(number);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (over || closing) {
                return;
            }
            closing = true;
        } finally {
            lock.unlock();
        }
        if (asked) {
            session.cancel(number);
        }
        finish(new RowhouseException(ErrorCode.CANCELLED, "The exchange was closed."));
        release();
    }

    /** Whether this side has closed it before its end. */
    boolean closing() {
        return closing;
    }

    private static RowhouseException copyOf(RowhouseException error) {
        return error instanceof LostException lost
                ? new LostException(String.valueOf(lost.getMessage()), lost.perhapsDone())
                : new RowhouseException(error.code(), String.valueOf(error.getMessage()), error);
    }

    /** An item that came in parts; the credit of all but the last part was given back before. */
    private static final class Joined {
        final byte[] bytes;
        final int lastCost;

        Joined(byte[] bytes, int lastCost) {
            this.bytes = bytes;
            this.lastCost = lastCost;
        }
    }
}
