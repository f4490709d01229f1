package org.rowhouse.memory;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Cell;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.PerhapsDoneException;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Seen;
import org.rowhouse.api.Watch;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.LostException;
import org.rowhouse.wire.Operation;

/**
 * A region whose home is another node.
 *
 * <p>A verb is sent again until its answer comes or the patience is over: over another connection
 * if the one broke, after a look at the rows if the home does not answer. Changes carry a turn, so
 * that they are made once (see {@link Handle}). Invariant: it stands for one incarnation; what
 * another one holds never reaches the caller.
 *
 * <p>Thread: any. Failure: as {@link Region} says.
 */
final class RemoteRegion implements Region {
    private final Surroundings around;
    private final String name;
    private final String principal;
    private final long incarnation;
    private final long bytes;
    private final ReentrantLock linking = new ReentrantLock();
    private volatile @Nullable Link link;
    private volatile boolean closed;

    /** A handle at the home, over a connection that may be replaced. */
    static final class Link {
        private final int life;
        private final long handle;
        private final Turns turns = new Turns();
        private volatile @Nullable Connection connection;
        private volatile long lostNs;
        private volatile boolean lost;

        Link(int life, long handle, Connection connection) {
            this.life = life;
            this.handle = handle;
            this.connection = connection;
        }

        long handle() {
            return handle;
        }

        /** Whether no connection broke just before: then another one may do at once. */
        boolean firstLoss(Waiting waiting) {
            long nowNs = waiting.nanoTime();
            boolean first = !lost || nowNs - lostNs > MemoryBounds.RETRY_PAUSE.toNanos();
            lostNs = nowNs;
            lost = true;
            return first;
        }
    }

    private RemoteRegion(
            Surroundings around,
            String name,
            String principal,
            long incarnation,
            long bytes,
            Link link) {
        this.around = around;
        this.name = name;
        this.principal = principal;
        this.incarnation = incarnation;
        this.bytes = bytes;
        this.link = link;
    }

    /**
     * Opens a region at its home.
     *
     * @throws RowhouseException NODE_UNAVAILABLE, FORBIDDEN, OVERLOADED
     */
    static RemoteRegion open(Surroundings around, String name, String principal, int life) {
        Connection connection = around.ways().to(life);
        byte[] answer = ask(around, connection, name, principal);
        return new RemoteRegion(
                around,
                name,
                principal,
                Frames.getLong(answer, 8),
                Frames.getLong(answer, 16),
                new Link(life, Frames.getLong(answer, 0), connection));
    }

    private static byte[] ask(
            Surroundings around, Connection connection, String name, String principal) {
        byte[] answer =
                connection.call(
                        Frames.OPEN,
                        Frames.opening(name, principal),
                        CallOptions.within(around.patience()));
        Frames.checkLength(answer, Frames.OPENED_BYTES);
        return answer;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    Surroundings around() {
        return around;
    }

    // Links ---------------------------------------------------------------------------------------

    /** The link, made anew if the home has forgotten it. */
    Link link() {
        Link current = link;
        if (current != null) {
            return current;
        }
        linking.lock();
        try {
            if (link == null) {
                checkOpen();
                link = openAgain();
            }
            return Objects.requireNonNull(link);
        } finally {
            linking.unlock();
        }
    }

    private Link openAgain() {
        int life = homeOf();
        Connection connection = around.ways().to(life);
        byte[] answer = ask(around, connection, name, principal);
        if (Frames.getLong(answer, 8) != incarnation) {
            throw Refusals.incarnationOver(name);
        }
        return new Link(life, Frames.getLong(answer, 0), connection);
    }

    /** The life of the home; what the rows say of this incarnation if it has none. */
    private int homeOf() {
        RegionRow row = around.rows().find(name);
        if (row == null) {
            throw Refusals.unknownRegion(name);
        }
        if (row.incarnation() != incarnation) {
            throw Refusals.incarnationOver(name);
        }
        Integer life = row.home();
        if (life == null) {
            throw Refusals.noHome(name);
        }
        return life;
    }

    Connection connection(Link current) {
        Connection connection = current.connection;
        if (connection == null || !connection.isOpen()) {
            connection = around.ways().to(current.life);
            current.connection = connection;
        }
        return connection;
    }

    /**
     * Whether it is worth another try; makes ready for it.
     *
     * @throws RowhouseException what has become plain by a look at the rows, or {@code failure}
     *     itself
     */
    void recover(Link current, RowhouseException failure, long deadlineNs) {
        boolean atOnce = false;
        switch (failure.code()) {
            case NODE_UNAVAILABLE, OVERLOADED, STOPPING -> {
                current.connection = null;
                atOnce = failure instanceof LostException && current.firstLoss(around.waiting());
                if (!atOnce) {
                    look(failure);
                }
            }
            case NOT_FOUND -> {
                forget(current);
                atOnce = true;
            }
            case CONFLICT -> {
                look(failure); // its home may have closed it because it was dropped
                throw failure;
            }
            default -> throw failure;
        }
        if (around.waiting().nanoTime() - deadlineNs >= 0) {
            throw failure;
        }
        if (!atOnce) {
            around.waiting().pause(MemoryBounds.RETRY_PAUSE);
        }
    }

    private void look(RowhouseException failure) {
        try {
            homeOf();
        } catch (RowhouseException e) {
            // Without a home it may get its old one back; without a database nobody knows better.
            if (e.code() == ErrorCode.CONFLICT || e.code() == ErrorCode.NOT_FOUND) {
                e.addSuppressed(failure);
                throw e;
            }
        }
    }

    private void forget(Link current) {
        linking.lock();
        try {
            if (link == current) {
                link = null;
            }
        } finally {
            linking.unlock();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT, "This object of the region '" + name + "' was closed.");
        }
    }

    long deadlineNs() {
        return around.waiting().nanoTime() + around.patience().toNanos();
    }

    private CallOptions options(long deadlineNs) {
        long leftNs = Math.max(deadlineNs - around.waiting().nanoTime(), 1_000_000);
        return new CallOptions(Duration.ofNanos(leftNs), null, true);
    }

    // Verbs ---------------------------------------------------------------------------------------

    @Override
    public Seen see(long offset, int length) {
        byte[] answer = answer(offset, length);
        byte[] range = new byte[length];
        System.arraycopy(answer, Frames.VERSION_BYTES, range, 0, length);
        return new Seen(Frames.getLong(answer, 0), range);
    }

    /** The answer as it came. */
    private byte[] answer(long offset, int count) {
        checkRange(offset, count);
        byte[] request = rangeRequest(offset, count);
        long deadlineNs = deadlineNs();
        while (true) {
            Link current = null;
            try {
                current = link();
                Frames.putLong(request, Frames.HANDLE, current.handle);
                byte[] answer = connection(current).call(Frames.READ, request, options(deadlineNs));
                Frames.checkLength(answer, Frames.VERSION_BYTES + count);
                return answer;
            } catch (RowhouseException e) {
                recoverFrom(current, e, deadlineNs);
            }
        }
    }

    /** As {@link #recover}, if there is a link yet. */
    void recoverFrom(@Nullable Link current, RowhouseException e, long deadlineNs) {
        if (current != null) {
            recover(current, e, deadlineNs);
            return;
        }
        boolean later = e.code() == ErrorCode.NODE_UNAVAILABLE || e.code() == ErrorCode.STOPPING;
        if (!later || around.waiting().nanoTime() - deadlineNs >= 0) {
            throw e;
        }
        around.waiting().pause(MemoryBounds.RETRY_PAUSE);
    }

    byte[] rangeRequest(long offset, int count) {
        byte[] request = new byte[Frames.READ_BYTES];
        Frames.putLong(request, Frames.OFFSET, offset);
        Frames.putInt(request, Frames.COUNT, count);
        return request;
    }

    private void checkRange(long offset, long count) {
        checkOpen();
        if (count < 1 || offset < 0 || offset > bytes - count) {
            throw Refusals.outside(name, offset, count, bytes);
        }
        if (count > MemoryBounds.RANGE_MAX) {
            throw Refusals.tooLong(count);
        }
    }

    @Override
    public void write(long offset, byte[] source) {
        checkRange(offset, source.length);
        byte[] request = new byte[Frames.AFTER_TURN + source.length];
        Frames.putLong(request, Frames.OFFSET, offset);
        System.arraycopy(source, 0, request, Frames.AFTER_TURN, source.length);
        change(Frames.WRITE, request, Frames.VERSION_BYTES);
    }

    /** One change under way: which link's turn it has, and whether it may have been made. */
    private static final class Attempt {
        private @Nullable Link link;
        private long turn;
        private boolean perhaps;

        /** Takes a turn of a link, unless it has one. */
        void on(Link current, byte[] request) {
            if (link != current) {
                done();
                turn = current.turns.take();
                link = current;
            }
            Frames.putLong(request, Frames.HANDLE, current.handle);
            Frames.putLong(request, Frames.TURN, turn);
        }

        /** Frees its turn. */
        void done() {
            Link held = link;
            link = null;
            if (held != null) {
                held.turns.free(turn);
            }
        }
    }

    private byte[] change(Operation operation, byte[] request, int answerBytes) {
        long deadlineNs = deadlineNs();
        Attempt attempt = new Attempt();
        try {
            while (true) {
                Link current = null;
                try {
                    current = link();
                    if (attempt.perhaps && attempt.link != current) {
                        throw Refusals.unknownHandle(); // only the old one knew whether it was made
                    }
                    attempt.on(current, request);
                    byte[] answer =
                            connection(current).call(operation, request, options(deadlineNs));
                    Frames.checkLength(answer, answerBytes);
                    return answer;
                } catch (RowhouseException e) {
                    attempt.perhaps |= isPerhapsDone(e);
                    recoverOrTell(attempt, current, e, deadlineNs);
                }
            }
        } finally {
            attempt.done();
        }
    }

    private static boolean isPerhapsDone(RowhouseException e) {
        return (e instanceof LostException lost && lost.perhapsDone())
                || e.code() == ErrorCode.TIMED_OUT
                || e.code() == ErrorCode.CANCELLED;
    }

    private void recoverOrTell(
            Attempt attempt, @Nullable Link current, RowhouseException e, long deadlineNs) {
        try {
            if (attempt.perhaps && e.code() == ErrorCode.NOT_FOUND) {
                throw e;
            }
            recoverFrom(current, e, deadlineNs);
        } catch (RowhouseException last) {
            if (!attempt.perhaps) {
                throw last;
            }
            throw new PerhapsDoneException(
                    "A change of the region '"
                            + name
                            + "' may have been made: its answer was lost, and then: "
                            + last.getMessage(),
                    last);
        }
    }

    @Override
    public Cell cell(long index) {
        checkOpen();
        if (index < 0 || index > bytes / CELL_BYTES - 1) {
            throw Refusals.noCell(name, index, bytes / CELL_BYTES);
        }
        return new RemoteCell(index * CELL_BYTES);
    }

    private final class RemoteCell implements Cell {
        private final long offset;

        RemoteCell(long offset) {
            this.offset = offset;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long get() {
            return Frames.getLong(answer(offset, CELL_BYTES), Frames.VERSION_BYTES);
        }

        @Override
        public void set(long value) {
            byte[] cell = new byte[CELL_BYTES];
            Frames.putLong(cell, 0, value);
            write(offset, cell);
        }

        @Override
        public long compareAndExchange(long expected, long next) {
            checkOpen();
            byte[] request = new byte[Frames.COMPARE_AND_SET_BYTES];
            Frames.putLong(request, Frames.OFFSET, offset);
            Frames.putLong(request, Frames.AFTER_TURN, expected);
            Frames.putLong(request, Frames.AFTER_TURN + Long.BYTES, next);
            return before(change(Frames.COMPARE_AND_SET, request, Frames.CHANGED_BYTES));
        }

        @Override
        public long fetchAdd(long delta) {
            checkOpen();
            byte[] request = new byte[Frames.FETCH_ADD_BYTES];
            Frames.putLong(request, Frames.OFFSET, offset);
            Frames.putLong(request, Frames.AFTER_TURN, delta);
            return before(change(Frames.FETCH_ADD, request, Frames.CHANGED_BYTES));
        }

        private static long before(byte[] answer) {
            return Frames.getLong(answer, 8);
        }

        @Override
        public Watch watch() {
            return RemoteRegion.this.watch(offset, CELL_BYTES);
        }
    }

    @Override
    public Watch watch(long offset, int length) {
        checkRange(offset, length);
        return RemoteWatch.open(this, offset, length);
    }

    @Override
    public void close() {
        closed = true;
        Link last = link;
        if (last == null) {
            return;
        }
        byte[] request = new byte[Frames.CLOSE_BYTES];
        Frames.putLong(request, Frames.HANDLE, last.handle);
        try {
            connection(last).call(Frames.CLOSE, request, CallOptions.within(around.patience()));
        } catch (RowhouseException e) {
            // The home forgets it when it needs the place, or has forgotten it already.
            System.getLogger(RemoteRegion.class.getName())
                    .log(System.Logger.Level.DEBUG, "a handle was not closed: {0}", e.toString());
        }
    }
}
