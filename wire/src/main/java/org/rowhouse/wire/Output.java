package org.rowhouse.wire;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Gathers the frames of many callers and writes them to a transport.
 *
 * <p>Who appends a frame and finds nobody writing writes, for itself and for all who append
 * meanwhile: many callers share one write, and a lone one needs no other thread. Two buffers take
 * turns: one gathers while the other is written. The thread that reads the connection never waits
 * here, or two peers that answer each other could wait for ever: what the transport does not take
 * from it goes on to a thread of its own.
 */
final class Output {
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int FIRST_BYTES = 4 << 10;

    /** So many turns one caller writes for others; then a thread of its own goes on. */
    private static final int TURNS_MAX = 8;

    private static final long PAUSE_NS = 20_000;
    private static final long PAUSE_NS_MAX = 1_000_000;

    private final Transport transport;
    private final Consumer<IOException> lost;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();

    private byte[] gathering = new byte[FIRST_BYTES];
    private int size;
    private byte[] spare = new byte[FIRST_BYTES];
    private boolean busy;
    private boolean closed;
    private int waiting;

    private long appendedBytes;
    private long takenBytes;
    private volatile long handedBytes;
    private ByteBuffer writing = ByteBuffer.wrap(spare, 0, 0);

    /**
     * Gathers for a transport.
     *
     * @param lost is told, once or more, when it cannot be written to
     */
    Output(Transport transport, Consumer<IOException> lost) {
        this.transport = transport;
        this.lost = lost;
    }

    /** How an append behaves when there is no room. */
    enum Patience {
        /** Waits until there is, or the deadline has passed. */
        WAITS,
        /** Never waits: for the thread that reads; beyond the last limit the peer is dropped. */
        NEVER
    }

    /**
     * Appends a frame; it is written by a later {@link #flush}.
     *
     * @param options what precedes the body within it; empty for none
     * @param deadlineNs by {@link System#nanoTime}, for {@link Patience#WAITS}
     * @return where it begins in the stream of all bytes; -1 if the deadline has passed; -2 if the
     *     connection is lost
     * @throws InterruptedException while it waited for room
     */
    long append(
            int kind,
            int flags,
            int operation,
            int exchange,
            byte[] options,
            byte[] body,
            int at,
            int lengthBytes,
            Patience patience,
            long deadlineNs)
            throws InterruptedException {
        int bodyBytes = options.length + lengthBytes;
        int whole = Frame.HEADER_BYTES + bodyBytes;
        lock.lock();
        try {
            if (size + whole > WireBounds.OUTPUT_BYTES && size > 0) {
                if (patience == Patience.WAITS) {
                    if (!awaitRoom(whole, deadlineNs)) {
                        return -1;
                    }
                } else if (size + whole > WireBounds.OUTPUT_BYTES_MAX) {
                    closed = true;
                }
            }
            if (closed) {
                return -2;
            }
            ensure(whole);
            INT.set(gathering, size, bodyBytes);
            INT.set(gathering, size + 4, kind | flags << 8 | operation << 16);
            INT.set(gathering, size + 8, exchange);
            int to = size + Frame.HEADER_BYTES;
            System.arraycopy(options, 0, gathering, to, options.length);
            System.arraycopy(body, at, gathering, to + options.length, lengthBytes);
            size += whole;
            long begins = appendedBytes;
            appendedBytes += whole;
            return begins;
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitRoom(int whole, long deadlineNs) throws InterruptedException {
        waiting++;
        try {
            while (!closed && size > 0 && size + whole > WireBounds.OUTPUT_BYTES) {
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    return false;
                }
                var _ = room.await(leftNs, TimeUnit.NANOSECONDS);
            }
            return true;
        } finally {
            waiting--;
        }
    }

    private void ensure(int whole) {
        if (gathering.length - size < whole) {
            int larger = Math.max(size + whole, 2 * gathering.length);
            byte[] grown = new byte[larger];
            System.arraycopy(gathering, 0, grown, 0, size);
            gathering = grown;
        }
    }

    /** Whether callers have to wait at the moment. */
    boolean crowded() {
        return size > WireBounds.OUTPUT_BYTES / 2;
    }

    /** How many of the bytes appended so far the transport may have begun to take. */
    long handedBytes() {
        return handedBytes;
    }

    /** Writes what was appended, unless another thread does so already; may wait for the peer. */
    void flush() {
        if (begin()) {
            drain(TURNS_MAX);
        }
    }

    /** Writes what the transport takes at once; the rest is written by another thread. */
    void flushWithoutWaiting() {
        if (!begin()) {
            return;
        }
        try {
            transport.write(writing);
            if (writing.hasRemaining() || !transport.flush() || !end()) {
                drainElsewhere();
            }
        } catch (IOException broken) {
            fail(broken);
        }
    }

    /** Lets another thread write, so that more can gather meanwhile. */
    void flushSoon() {
        if (begin()) {
            drainElsewhere();
        }
    }

    private void drainElsewhere() {
        Thread.ofVirtual().name("wire-writer").start(() -> drain(Integer.MAX_VALUE));
    }

    /** Becomes the writer and takes the gathered bytes, if there are any. */
    private boolean begin() {
        lock.lock();
        try {
            if (busy || size == 0 || closed) {
                return false;
            }
            busy = true;
            swap();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends a turn of writing.
     *
     * @return false if there is more to write, which has been taken
     */
    private boolean end() {
        lock.lock();
        try {
            if (size == 0 || closed) {
                busy = false;
                return true;
            }
            swap();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void swap() {
        byte[] full = gathering;
        writing = ByteBuffer.wrap(full, 0, size);
        takenBytes += size;
        handedBytes = takenBytes;
        size = 0;
        // A buffer that one large answer has blown up is not kept.
        gathering = spare.length > 2 * WireBounds.OUTPUT_BYTES ? new byte[FIRST_BYTES] : spare;
        spare = full;
        if (waiting > 0) {
            room.signalAll();
        }
    }

    private void drain(int turnsMax) {
        try {
            for (int turn = 1; ; turn++) {
                writeAll();
                if (end()) {
                    return;
                }
                if (turn >= turnsMax) {
                    drainElsewhere();
                    return;
                }
            }
        } catch (IOException broken) {
            fail(broken);
        }
    }

    private void writeAll() throws IOException {
        long pauseNs = PAUSE_NS;
        long stuckSinceNs = 0;
        while (writing.hasRemaining() || !transport.flush()) {
            if (writing.hasRemaining() && transport.write(writing) > 0) {
                pauseNs = PAUSE_NS;
                stuckSinceNs = 0;
                continue;
            }
            long nowNs = System.nanoTime();
            if (stuckSinceNs == 0) {
                stuckSinceNs = nowNs;
            } else if (nowNs - stuckSinceNs > WireBounds.WRITE_PATIENCE.toNanos()) {
                throw new IOException(
                        "The peer has taken nothing for "
                                + WireBounds.WRITE_PATIENCE.toSeconds()
                                + " s.");
            } else if (closed) {
                throw new IOException("The connection was closed.");
            }
            pause(pauseNs);
            pauseNs = Math.min(PAUSE_NS_MAX, 2 * pauseNs);
        }
    }

    /** A writer that is interrupted goes on for the others; it sees the interrupt afterwards. */
    private static void pause(long pauseNs) {
        boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(pauseNs);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void fail(IOException broken) {
        close();
        lost.accept(broken);
    }

    /** Takes nothing more; who waits for room goes on. */
    void close() {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Writes little-endian numbers into options. */
    static void putLong(byte[] to, int at, long value) {
        LONG.set(to, at, value);
    }

    /** The other way round. */
    static long getLong(byte[] from, int at) {
        return (long) LONG.get(from, at);
    }

    /** Writes 4 bytes. */
    static void putInt(byte[] to, int at, int value) {
        INT.set(to, at, value);
    }
}
