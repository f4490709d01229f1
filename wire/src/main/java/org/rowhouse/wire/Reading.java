package org.rowhouse.wire;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Decides which thread reads a connection.
 *
 * <p>At any time at most one thread has the role of the reader. Usually it is the connection's own
 * thread, the <em>keeper</em>. A caller that is alone takes the role while it waits, and so finds
 * its answer without another thread being woken (leader and follower; Schmidt et al., "Leader/
 * Followers", 2000). It gives the role back when it has its answer, or has looked in vain for
 * {@link WireBounds#SPIN}; then the keeper wakes it.
 *
 * <p>The keeper sleeps in {@link Transport#await} without the role. Where the transport would wake
 * it for bytes that a leader reads anyway, it stays away from there for {@link
 * WireBounds#LEAD_PAUSE} after a caller has led.
 */
final class Reading implements Runnable {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** Threads that look for bytes without sleeping, in all connections: no more than half. */
    private static final AtomicInteger SPINNERS = new AtomicInteger();

    private static final int SPINNERS_MAX = CORES / 2;

    private final Transport transport;
    private final FrameInput input;
    private final Session session;
    private final AtomicBoolean role = new AtomicBoolean();

    private volatile @Nullable Thread keeper;
    private volatile boolean keeperWaits;
    private volatile boolean leadWanted;
    private final AtomicInteger leads = new AtomicInteger();
    private boolean spins;
    private long lastByteNs = System.nanoTime();
    private long midwaySinceNs;
    private boolean pinged;

    Reading(Transport transport, FrameInput input, Session session) {
        this.transport = transport;
        this.input = input;
        this.session = session;
    }

    /** Starts the keeper. */
    void start(boolean platformThread) {
        spins = platformThread;
        Thread.Builder builder = platformThread ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
        builder.name("wire-" + transport.where()).start(this);
    }

    /** What the keeper does, until the connection ends. */
    @Override
    public void run() {
        keeper = Thread.currentThread();
        spins = !Thread.currentThread().isVirtual();
        try {
            takeRole();
            try {
                drain();
            } finally {
                leaveRole();
            }
            while (session.isOpen()) {
                turn();
            }
        } catch (IOException broken) {
            session.lose(broken);
        }
    }

    /** What came together with the end of the beginning. */
    private void drain() throws IOException {
        while (input.next(session)) {
            // Each frame is handled as it is found.
        }
        session.output().flushWithoutWaiting();
    }

    private void turn() throws IOException {
        int seen = leads.get();
        takeRole();
        try {
            readWhileBytesCome();
        } finally {
            leaveRole();
        }
        check();
        while (transport.disturbs() && leads.get() != seen && session.isOpen()) {
            seen = leads.get();
            keeperWaits = true;
            LockSupport.parkNanos(WireBounds.LEAD_PAUSE.toNanos());
            keeperWaits = false;
        }
        transport.await(WireBounds.TICK.toNanos());
    }

    private void takeRole() {
        while (!role.compareAndSet(false, true)) {
            keeperWaits = true;
            if (role.get()) {
                LockSupport.parkNanos(WireBounds.LEAD_PAUSE.toNanos());
            }
            keeperWaits = false;
        }
        transport.attend();
    }

    private void readWhileBytesCome() throws IOException {
        if (pump() == 0 || !spins) {
            return;
        }
        if (SPINNERS.incrementAndGet() <= SPINNERS_MAX) {
            long endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
            while (!leadWanted && System.nanoTime() - endNs < 0) {
                if (pump() > 0) {
                    endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
                } else {
                    Thread.onSpinWait();
                }
            }
        } else {
            while (pump() > 0) {
                // Others spin already: this one reads what is there.
            }
        }
        SPINNERS.decrementAndGet();
    }

    /** Reads what is there; gives how many bytes. */
    private int pump() throws IOException {
        int read = input.pump(transport, session);
        if (read < 0) {
            throw new IOException("the peer is gone.");
        }
        if (read > 0) {
            lastByteNs = System.nanoTime();
            session.output().flushWithoutWaiting();
        }
        return read;
    }

    /** Gives the role up; whatever comes from now on wakes the keeper. */
    private void leaveRole() throws IOException {
        try {
            while (!transport.rest()) {
                transport.attend();
                pump();
            }
        } finally {
            role.set(false);
        }
    }

    // ---- callers

    /** Makes the calling thread the reader, if no other is. */
    boolean takeLead() {
        if (CORES == 1) {
            return false;
        }
        boolean taken = role.compareAndSet(false, true);
        if (!taken) {
            // The keeper may only be looking whether more comes.
            leadWanted = true;
            for (int i = 0; i < 200 && !taken; i++) {
                Thread.onSpinWait();
                taken = role.compareAndSet(false, true);
            }
            leadWanted = false;
        }
        if (taken) {
            leads.incrementAndGet();
            transport.attend();
        }
        return taken;
    }

    /** Reads until the call is answered, others call too, or it has taken too long. */
    void lead(PendingCall call, AtomicInteger callers) {
        try {
            long endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
            while (!call.done() && session.isOpen()) {
                if (pump() == 0) {
                    if (callers.get() > 1 || System.nanoTime() - endNs > 0) {
                        break;
                    }
                    Thread.onSpinWait();
                }
            }
        } catch (IOException broken) {
            session.lose(broken);
        } finally {
            leaveLead();
            if (!call.done()) {
                wakeKeeper();
            }
        }
    }

    /** Gives back what {@link #takeLead} took. */
    void leaveLead() {
        try {
            leaveRole();
        } catch (IOException broken) {
            session.lose(broken);
        }
    }

    private void wakeKeeper() {
        Thread sleeper = keeper;
        if (keeperWaits && sleeper != null) {
            LockSupport.unpark(sleeper);
        }
    }

    // ---- limits of time

    private void check() throws IOException {
        long nowNs = System.nanoTime();
        if (!input.midway()) {
            midwaySinceNs = 0;
        } else if (midwaySinceNs == 0) {
            midwaySinceNs = nowNs;
        } else if (nowNs - midwaySinceNs > WireBounds.FRAME_PATIENCE.toNanos()) {
            throw new ProtocolError(
                    "A frame that began was not complete after "
                            + WireBounds.FRAME_PATIENCE.toSeconds()
                            + " s.");
        }
        long silentNs = nowNs - lastByteNs;
        if (silentNs > WireBounds.SILENCE_MAX.toNanos()) {
            throw new IOException(
                    "the peer has been silent for " + WireBounds.SILENCE_MAX.toSeconds() + " s.");
        }
        if (silentNs <= WireBounds.PING_AFTER.toNanos()) {
            pinged = false;
        } else if (!pinged) {
            pinged = true;
            session.sendFromReader(Frame.PING, 0, 0, 0, new byte[8]);
            session.output().flushWithoutWaiting();
        }
    }
}
