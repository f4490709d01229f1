package org.rowhouse.wire.datagram;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways between two programs over UDP, in order and without loss. One thread may read and
 * another one write; {@link #close} is for any.
 */
public final class DatagramStream implements AutoCloseable {
    /** Sends a packet to the peer. */
    interface Way {
        void send(ByteBuffer packet, SocketAddress to) throws IOException;

        /** There is something to send, or it is over. */
        void hurry();
    }

    static final byte PACKET = 4;
    static final int HEADER_BYTES = 1 + 4 + 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final SendSide sending = new SendSide();
    private final ReceiveSide receiving = new ReceiveSide();
    private final Numbers seen = new Numbers();
    private final ByteBuffer body = buffer();
    private final ByteBuffer packet = buffer();
    private final Way way;
    private final SocketAddress peer;
    private final int peerId;
    private final String name;
    private final @Nullable Seal seal;

    private long newestCameNs;
    private long askedNs = Long.MAX_VALUE;
    private int unacknowledged;
    private boolean hurried;
    private long heardNs;
    private long spokeNs;
    private boolean closing;
    private long closeByNs = Long.MAX_VALUE;
    private boolean aborting;
    private boolean over;
    private @Nullable String trouble;

    DatagramStream(
            Way way, SocketAddress peer, int peerId, String name, @Nullable Seal seal, long nowNs) {
        this.way = way;
        this.peer = peer;
        this.peerId = peerId;
        this.name = name;
        this.seal = seal;
        this.heardNs = nowNs;
        this.spokeNs = nowNs;
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(DatagramBounds.PACKET_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The name that the client opened it by, and proved if there are secrets. */
    public String name() {
        return name;
    }

    /** Where the peer is. */
    public SocketAddress peer() {
        return peer;
    }

    /**
     * Takes bytes that have come; does not wait.
     *
     * @return how many; 0 if there are none now; -1 if the peer has ended
     * @throws IOException if the peer is gone
     */
    public int read(ByteBuffer into) throws IOException {
        lock.lock();
        try {
            int length = receiving.read(into);
            if (length == 0) {
                check();
            } else if (receiving.newRoom()) {
                hurried = true;
                way.hurry();
            }
            return length;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives bytes away; does not wait.
     *
     * @return how many were taken; 0 if there is no room now
     * @throws IOException if the peer is gone, or this side has ended
     */
    public int write(ByteBuffer from) throws IOException {
        lock.lock();
        try {
            check();
            if (closing) {
                throw new IOException("this side has ended the stream");
            }
            int length = sending.write(from);
            if (length > 0) {
                way.hurry();
            }
            return length;
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes a read would give now. */
    int waiting() {
        lock.lock();
        try {
            return receiving.waiting();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a read gives something, the stream is over, or the time has passed. */
    public void awaitReadable(long timeoutNs) throws InterruptedException {
        await(timeoutNs, true);
    }

    /** Waits until a write takes something, the stream is over, or the time has passed. */
    public void awaitWritable(long timeoutNs) throws InterruptedException {
        await(timeoutNs, false);
    }

    private void await(long timeoutNs, boolean toRead) throws InterruptedException {
        lock.lock();
        try {
            long left = timeoutNs;
            while (left > 0 && !over && !(toRead ? receiving.ready() : sending.hasRoom())) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Says that this side sends no more; what was written arrives. */
    public void endWriting() {
        lock.lock();
        try {
            closing = true;
            sending.end();
            way.hurry();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the peer has all that was written.
     *
     * @return false if the time has passed
     * @throws IOException if the peer is gone
     */
    public boolean flush(long timeoutNs) throws IOException, InterruptedException {
        lock.lock();
        try {
            long left = timeoutNs;
            while (!sending.settled()) {
                check();
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends both ways; what was written still arrives, if the peer takes it soon. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            sending.end();
            closeByNs = System.nanoTime() + DatagramBounds.LINGER_MAX.toNanos();
            way.hurry();
        } finally {
            lock.unlock();
        }
    }

    private void check() throws IOException {
        if (over) {
            throw new IOException(trouble == null ? "the stream is over" : trouble);
        }
    }

    /** Part of the packets that are lost on the way there, 0 to 1, as far as is known. */
    public double loss() {
        lock.lock();
        try {
            return sending.rate().loss();
        } finally {
            lock.unlock();
        }
    }

    /** How it stands, for a person who looks for the reason of something. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "stream with " + peer + ": " + (over ? trouble : sending);
        } finally {
            lock.unlock();
        }
    }

    // What follows is for the endpoint's thread. ---------------------------------------------

    /** A packet has come; what cannot be opened is passed over. */
    void receive(ByteBuffer datagram, long nowNs) {
        lock.lock();
        try {
            if (over) {
                return;
            }
            long number = datagram.getLong(5);
            ByteBuffer header = datagram.slice(0, HEADER_BYTES);
            ByteBuffer sealed = datagram.position(HEADER_BYTES).slice();
            ByteBuffer opened = seal == null ? sealed : seal.open(number, header, sealed);
            if (opened == null || number < 0 || !seen.add(number)) {
                return; // forged, broken, or here for the second time
            }
            heardNs = nowNs;
            if (seen.to(0) == number) {
                newestCameNs = nowNs;
            }
            take(opened.order(ByteOrder.LITTLE_ENDIAN), nowNs);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void take(ByteBuffer opened, long nowNs) {
        int flags = PacketBody.read(opened, new Taking(nowNs));
        if (flags < 0) {
            aborting = true;
            fail("the peer at " + peer + " does not keep to the protocol");
        } else if ((flags & PacketBody.ABORT) != 0) {
            fail("the peer at " + peer + " has given the stream up");
        } else if ((flags & (PacketBody.BYTES | PacketBody.END | PacketBody.ASKS)) != 0) {
            unacknowledged++;
            askedNs = Math.min(askedNs, nowNs + DatagramBounds.ACKNOWLEDGE_AFTER.toNanos());
        }
    }

    private final class Taking implements PacketBody.Reader {
        private final long nowNs;

        Taking(long nowNs) {
            this.nowNs = nowNs;
        }

        @Override
        public boolean takes(long offset) {
            sending.allow(offset);
            return true;
        }

        @Override
        public boolean acknowledged(long from, long to, long delayNs) {
            return sending.arrived(from, to, delayNs, nowNs);
        }

        @Override
        public void acknowledgedAll() {
            sending.judge(nowNs);
        }

        @Override
        public boolean ends(long offset) {
            return receiving.end(offset);
        }

        @Override
        public boolean bytes(long offset, ByteBuffer bytes) {
            return receiving.take(offset, bytes);
        }
    }

    private void fail(String why) {
        over = true;
        trouble = why;
        changed.signalAll();
    }

    /** Sends what is due; gives when it should be asked again, or -1 if the stream is over. */
    long turn(long nowNs) {
        lock.lock();
        try {
            if (!over) {
                sending.judge(nowNs);
                send(nowNs);
                changed.signalAll();
                lookAround(nowNs);
            }
            if (over) {
                if (aborting) {
                    aborting = false;
                    abort();
                }
                return -1;
            }
            long due = Math.min(sending.dueNs(nowNs), askedNs);
            return Math.min(due, askAtNs(nowNs));
        } catch (IOException e) {
            fail("the packet could not be sent: " + e.getMessage());
            return -1;
        } finally {
            lock.unlock();
        }
    }

    private void lookAround(long nowNs) throws IOException {
        if (nowNs - heardNs > DatagramBounds.SILENCE_MAX.toNanos()) {
            fail("the peer at " + peer + " has not answered for too long");
        } else if (closing && closeByNs != Long.MAX_VALUE && done(nowNs)) {
            fail("the stream is closed");
        } else if (nowNs >= askAtNs(nowNs)) {
            write(null, PacketBody.ASKS, nowNs);
        }
    }

    /** When to ask for a sign of life, so that both sides know that the other lives. */
    private long askAtNs(long nowNs) {
        if (sending.waitsForRoom()) {
            return spokeNs + sending.rate().probeAfterNs();
        }
        boolean silent = nowNs - heardNs > DatagramBounds.KEEP_ALIVE.toNanos();
        return spokeNs + (silent ? DatagramBounds.ASK_AGAIN : DatagramBounds.KEEP_ALIVE).toNanos();
    }

    /** A closed stream stays while the peer may lack something, or may not know that it has all. */
    private boolean done(long nowNs) {
        if (nowNs >= closeByNs) {
            aborting = !sending.settled();
            return true;
        }
        if (!sending.settled() || askedNs != Long.MAX_VALUE) {
            return false;
        }
        long quietNs = 2 * sending.rate().probeAfterNs();
        return nowNs - heardNs >= quietNs;
    }

    private void send(long nowNs) throws IOException {
        int burst = 64;
        for (SendSide.Segment segment = sending.choose(nowNs);
                segment != null;
                segment = --burst > 0 ? sending.choose(nowNs) : null) {
            write(segment, sending.isEnd(segment) ? PacketBody.END : PacketBody.BYTES, nowNs);
        }
        if (unacknowledged >= 2 || nowNs >= askedNs || hurried) {
            hurried = false;
            write(null, 0, nowNs);
        }
    }

    private void write(SendSide.@Nullable Segment segment, int flags, long nowNs)
            throws IOException {
        body.clear();
        int all = flags;
        if (seen.count() > 0) {
            all |= PacketBody.ACKNOWLEDGES;
        }
        body.put((byte) all);
        if (seen.count() > 0) {
            PacketBody.acknowledge(body, receiving.takes(), seen, nowNs - newestCameNs);
            unacknowledged = 0;
            askedNs = Long.MAX_VALUE;
        }
        if (segment != null) {
            body.putLong(segment.offset);
            if (!sending.isEnd(segment)) {
                sending.bytes(segment, body);
            }
        }
        int length = put(body.flip());
        if (flags == 0) {
            sending.passed();
        } else {
            sending.sent(segment, length, nowNs);
        }
        spokeNs = nowNs;
    }

    /** Sends a body under the next number; gives the packet's length. */
    private int put(ByteBuffer what) throws IOException {
        packet.clear();
        packet.put(PACKET).putInt(peerId).putLong(sending.nextNumber());
        if (seal == null) {
            packet.put(what);
        } else {
            seal.seal(sending.nextNumber(), packet.slice(0, HEADER_BYTES), what, packet);
        }
        packet.flip();
        int length = packet.remaining();
        way.send(packet, peer);
        return length;
    }

    private void abort() {
        try {
            put(body.clear().put((byte) PacketBody.ABORT).flip());
        } catch (IOException e) {
            System.getLogger(DatagramStream.class.getName())
                    .log(System.Logger.Level.DEBUG, "the peer could not be told of an end", e);
        }
    }

    /** The endpoint is closed. */
    void endpointClosed() {
        lock.lock();
        try {
            if (!over) {
                abort();
                fail("the endpoint is closed");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the time has passed or the stream is over. */
    boolean awaitOver(long timeout, TimeUnit unit) throws InterruptedException {
        lock.lock();
        try {
            long left = unit.toNanos(timeout);
            while (!over && left > 0) {
                left = changed.awaitNanos(left);
            }
            return over;
        } finally {
            lock.unlock();
        }
    }
}
