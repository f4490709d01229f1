package org.rowhouse.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Two ends in one process, joined by two buffers; for tests, and for a peer that is oneself. */
final class PairTransport implements Transport {
    private static final int CAPACITY = 64 << 10;

    private final Pipe in;
    private final Pipe out;

    private PairTransport(Pipe in, Pipe out) {
        this.in = in;
        this.out = out;
    }

    /** Both ends of a new pair. */
    static PairTransport[] make() {
        Pipe there = new Pipe();
        Pipe back = new Pipe();
        return new PairTransport[] {new PairTransport(back, there), new PairTransport(there, back)};
    }

    @Override
    public int read(ByteBuffer into) {
        return in.read(into);
    }

    @Override
    public void await(long timeoutNs) {
        in.await(timeoutNs);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return out.write(from);
    }

    @Override
    public boolean cheap() {
        return true;
    }

    @Override
    public boolean disturbs() {
        return true;
    }

    @Override
    public boolean holdsThread() {
        return false;
    }

    @Override
    public String shown() {
        return "self";
    }

    @Override
    public String where() {
        return "this process";
    }

    @Override
    public void close() {
        in.close();
        out.close();
    }

    /** Bytes on their way in one direction. */
    private static final class Pipe {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition come = lock.newCondition();
        private final byte[] bytes = new byte[CAPACITY];
        private long written;
        private long taken;
        private boolean closed;

        int write(ByteBuffer from) throws IOException {
            lock.lock();
            try {
                if (closed) {
                    throw new IOException("The other end was closed.");
                }
                int count = (int) Math.min(from.remaining(), CAPACITY - (written - taken));
                for (int left = count; left > 0; ) {
                    int at = (int) (written % CAPACITY);
                    int part = Math.min(left, CAPACITY - at);
                    from.get(bytes, at, part);
                    written += part;
                    left -= part;
                }
                come.signalAll();
                return count;
            } finally {
                lock.unlock();
            }
        }

        int read(ByteBuffer into) {
            lock.lock();
            try {
                int count = (int) Math.min(into.remaining(), written - taken);
                if (count == 0) {
                    return closed ? -1 : 0;
                }
                for (int left = count; left > 0; ) {
                    int at = (int) (taken % CAPACITY);
                    int part = Math.min(left, CAPACITY - at);
                    into.put(bytes, at, part);
                    taken += part;
                    left -= part;
                }
                return count;
            } finally {
                lock.unlock();
            }
        }

        void await(long timeoutNs) {
            lock.lock();
            try {
                long leftNs = timeoutNs;
                while (leftNs > 0 && written == taken && !closed) {
                    leftNs = come.awaitNanos(leftNs);
                }
            } catch (InterruptedException interrupted) {
                // Nobody interrupts a connection's own thread but who closes it.
                closed = true;
            } finally {
                lock.unlock();
            }
        }

        void close() {
            lock.lock();
            try {
                closed = true;
                come.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
