package org.rowhouse.wire;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.linux.Futex;

/**
 * Two rings of bytes in a file that two processes of one user have mapped, one for each direction.
 *
 * <p>Written layout: docs/protocol.md, "Rings". Each ring has one writer and one reader at a time
 * (Lamport's queue, with the positions in lines of their own), which never wait for each other. A
 * reader looks for some time before it sleeps, and says so in the file; only then a writer wakes
 * it, by a futex. What the other process writes is not trusted: positions are checked each time,
 * and bytes are copied before anybody looks at them. A Unix socket shows whether the other process
 * lives.
 */
final class RingTransport implements Transport {
    static final int HEAD_BYTES = 4096;
    private static final int RING_HEAD_BYTES = 1024;
    private static final int TAIL = 0;
    private static final int HEAD = 256;
    private static final int ASLEEP = 512;
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment file;
    private final Arena arena;
    private final SocketChannel life;
    private final String user;
    private final int capacity;
    private final MemorySegment ownSleep;
    private final MemorySegment peersSleep;

    private final long inAt;
    private final long inBytesAt;
    private long inHead;
    private long inTail;

    private final long outAt;
    private final long outBytesAt;
    private long outHead;
    private long outTail;

    private volatile boolean peerGone;
    private volatile boolean closed;

    /**
     * Over a mapped file.
     *
     * @param arena closed with the transport
     * @param life ends when the other process does; belongs to the transport
     */
    RingTransport(
            MemorySegment file,
            Arena arena,
            int capacity,
            boolean client,
            SocketChannel life,
            String user) {
        this.file = file;
        this.arena = arena;
        this.capacity = capacity;
        this.life = life;
        this.user = user;
        int in = client ? 1 : 0;
        this.inAt = (long) in * RING_HEAD_BYTES;
        this.inBytesAt = HEAD_BYTES + (long) in * capacity;
        this.outAt = (long) (1 - in) * RING_HEAD_BYTES;
        this.outBytesAt = HEAD_BYTES + (long) (1 - in) * capacity;
        this.ownSleep = file.asSlice(inAt + ASLEEP, Integer.BYTES);
        this.peersSleep = file.asSlice(outAt + ASLEEP, Integer.BYTES);
        Thread.ofVirtual().name("wire-life").start(this::watch);
    }

    /** Waits for the end of the other process. */
    private void watch() {
        ByteBuffer nothing = ByteBuffer.allocate(1);
        try {
            while (life.read(nothing.clear()) >= 0) {
                // The other side has nothing to say here; its silence is its life.
            }
        } catch (IOException end) {
            // The same as its end.
        }
        peerGone = true;
        wakeOwn();
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        try {
            boolean gone = peerGone;
            long tail = (long) LONG.getAcquire(file, inAt + TAIL);
            if (tail < inTail || tail - inHead > capacity) {
                throw new IOException("The other process has spoiled the ring.");
            }
            inTail = tail;
            int count = (int) Math.min(into.remaining(), tail - inHead);
            if (count == 0) {
                return gone || closed ? -1 : 0;
            }
            int at = (int) (inHead & (capacity - 1));
            int first = Math.min(count, capacity - at);
            copyOut(into, at, first);
            copyOut(into, 0, count - first);
            inHead += count;
            LONG.setRelease(file, inAt + HEAD, inHead);
            return count;
        } catch (IllegalStateException | InternalError unmapped) {
            throw new IOException("The ring is gone.", unmapped);
        }
    }

    private void copyOut(ByteBuffer into, int at, int count) {
        if (count > 0) {
            MemorySegment.copy(
                    file,
                    ValueLayout.JAVA_BYTE,
                    inBytesAt + at,
                    into.array(),
                    into.arrayOffset() + into.position(),
                    count);
            into.position(into.position() + count);
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        if (peerGone || closed) {
            throw new IOException("the peer is gone.");
        }
        try {
            int wanted = from.remaining();
            if (capacity - (outTail - outHead) < wanted) {
                outHead = headOfPeer();
            }
            int count = (int) Math.min(wanted, capacity - (outTail - outHead));
            if (count == 0) {
                return 0;
            }
            int at = (int) (outTail & (capacity - 1));
            int first = Math.min(count, capacity - at);
            copyIn(from, at, first);
            copyIn(from, 0, count - first);
            outTail += count;
            LONG.setRelease(file, outAt + TAIL, outTail);
            VarHandle.fullFence();
            if ((int) INT.getOpaque(file, outAt + ASLEEP) != 0) {
                INT.setOpaque(file, outAt + ASLEEP, 0);
                Futex.wake(peersSleep);
            }
            return count;
        } catch (IllegalStateException | InternalError unmapped) {
            throw new IOException("The ring is gone.", unmapped);
        }
    }

    private long headOfPeer() throws IOException {
        long head = (long) LONG.getAcquire(file, outAt + HEAD);
        if (head < outHead || head > outTail) {
            throw new IOException("The other process has spoiled the ring.");
        }
        return head;
    }

    private void copyIn(ByteBuffer from, int at, int count) {
        if (count > 0) {
            MemorySegment.copy(
                    from.array(),
                    from.arrayOffset() + from.position(),
                    file,
                    ValueLayout.JAVA_BYTE,
                    outBytesAt + at,
                    count);
            from.position(from.position() + count);
        }
    }

    @Override
    public void attend() {
        try {
            INT.setOpaque(file, inAt + ASLEEP, 0);
        } catch (IllegalStateException | InternalError unmapped) {
            closed = true;
        }
    }

    @Override
    public boolean rest() {
        try {
            INT.setOpaque(file, inAt + ASLEEP, 1);
            VarHandle.fullFence();
            return closed || (long) LONG.getOpaque(file, inAt + TAIL) == inHead;
        } catch (IllegalStateException | InternalError unmapped) {
            closed = true;
            return true;
        }
    }

    @Override
    public void await(long timeoutNs) throws IOException {
        if (closed || peerGone) {
            return;
        }
        try {
            Futex.await(ownSleep, 1, timeoutNs);
        } catch (IllegalStateException | InternalError unmapped) {
            throw new IOException("The ring is gone.", unmapped);
        }
    }

    private void wakeOwn() {
        try {
            INT.setOpaque(file, inAt + ASLEEP, 0);
            Futex.wake(ownSleep);
        } catch (IllegalStateException | InternalError unmapped) {
            // Nobody sleeps on what is gone.
        }
    }

    @Override
    public boolean cheap() {
        return true;
    }

    @Override
    public boolean disturbs() {
        return false;
    }

    @Override
    public boolean holdsThread() {
        return true;
    }

    @Override
    public String shown() {
        return "user:" + user;
    }

    @Override
    public String where() {
        return "a process of " + user + " on this machine";
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            life.close();
        } catch (IOException alreadyGone) {
            // The other side sees the end in any case.
        }
        wakeOwn();
        Thread.ofVirtual().name("wire-unmap").start(this::unmap);
    }

    /** Unmaps as soon as no thread is inside; those that come later find it gone. */
    private void unmap() {
        while (true) {
            try {
                arena.close();
                return;
            } catch (IllegalStateException inUse) {
                if (!arena.scope().isAlive()) {
                    return;
                }
                wakeOwn();
                LockSupport.parkNanos(1_000_000);
            }
        }
    }
}
