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
 * thread, the <em>keeper</em>. A caller takes it while it waits, if it is free, and so finds its
 * answer without another thread being woken (leader and follower; Schmidt et al., "Leader/
 * Followers", 2000). When it has its answer it passes the role on to another caller that waits;
 * when it has looked in vain for {@link WireBounds#SPIN} it gives it back to the keeper.
 *
 * <p>The keeper sleeps in {@link Transport#await} without the role. Where the transport would wake
 * it for bytes that a leader reads anyway, it stays away from there for {@link
 * WireBounds#LEAD_PAUSE} after a caller has led.
 */
final class Reading implements Runnable {
    private static final System.Logger LOG = System.getLogger(Reading.class.getName());
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** Threads that look for bytes without sleeping, in all connections: no more than half. */
    private static final AtomicInteger SPINNERS = new AtomicInteger();

    private static final int SPINNERS_MAX = CORES / 2;

    private final Transport transport;
    private final FrameInput input;
    private final Session session;
    private final Frame.Taker taker;
    private final AtomicBoolean role = new AtomicBoolean();

    private volatile @Nullable Thread keeper;
    private volatile boolean keeperBlocked;
    private volatile boolean keeperPaused;
    private volatile boolean leadWanted;
    private final AtomicInteger leads = new AtomicInteger();
    private boolean spins;
    private long lastByteNs = System.nanoTime();
    private long midwaySinceNs;
    private boolean pinged;

    Reading(Transport transport, FrameInput input, Session session, Frame.Taker taker) {
        this.taker = taker;
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
        } catch (InternalError cut) {
            // What the JDK makes of a mapped file that was cut.
            session.lose(new IOException("the memory shared with the peer is gone.", cut));
        }
    }

    /** What came together with the end of the beginning. */
    private void drain() throws IOException {
        while (input.next(taker)) {
            // Each frame is handled as it is found.
        }
        session.output().flushWithoutWaiting();
    }

    private void turn() throws IOException {
        int seen = leads.get();
        takeRole();
        boolean passed = false;
        try {
            passed = readWhileBytesCome();
        } finally {
            if (!passed) {
                leaveRole();
            }
        }
        check();
        while (transport.disturbs() && leads.get() != seen && session.isOpen()) {
            seen = leads.get();
            keeperPaused = true;
            LockSupport.parkNanos(WireBounds.LEAD_PAUSE.toNanos());
            keeperPaused = false;
        }
        transport.await(WireBounds.TICK.toNanos());
    }

    private void takeRole() {
        while (!role.compareAndSet(false, true)) {
            keeperBlocked = true;
            if (role.get() && session.isOpen()) {
                LockSupport.parkNanos(WireBounds.TICK.toNanos());
            }
            keeperBlocked = false;
        }
        transport.attend();
    }

    /**
     * Reads until nothing has come for some time.
     *
     * @return true if the role was passed to a caller
     */
    @SuppressWarnings("ThreadPriorityCheck") // Only speed depends on who goes first.
    private boolean readWhileBytesCome() throws IOException {
        if (pump() == 0 || !spins) {
            return false;
        }
        boolean spinning = SPINNERS.incrementAndGet() <= SPINNERS_MAX;
        try {
            long endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
            while (System.nanoTime() - endNs < 0) {
                if (leadWanted) {
                    leadWanted = false;
                    return session.appoint();
                }
                if (pump() > 0) {
                    endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
                } else if (spinning) {
                    // Whoever has work goes first: on few cores the answer may depend on it.
                    Thread.yield();
                } else {
                    return false;
                }
            }
            return false;
        } finally {
            SPINNERS.decrementAndGet();
        }
    }

    /** Reads what is there; gives how many bytes. */
    private int pump() throws IOException {
        int read;
        try {
            read = input.pump(transport, taker);
        } catch (RuntimeException | InternalError mistake) {
            LOG.log(System.Logger.Level.ERROR, "A connection ends by a mistake", mistake);
            throw new IOException("a mistake in handling what came: " + mistake, mistake);
        }
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
            Thread sleeper = keeper;
            if (keeperBlocked && sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }
    }

    // ---- callers

    /**
     * Makes the calling thread the reader, if no other is.
     *
     * @param alone whether no other caller waits: then the keeper, if it only looks whether more
     *     comes, is given a moment to make way
     */
    boolean takeLead(boolean alone) {
        if (CORES == 1) {
            return false;
        }
        boolean taken = role.compareAndSet(false, true);
        if (!taken) {
            leadWanted = true;
            for (int i = 0; alone && i < 200 && !taken; i++) {
                Thread.onSpinWait();
                taken = role.compareAndSet(false, true);
            }
        }
        if (taken) {
            leadWanted = false;
            leads.incrementAndGet();
            transport.attend();
        }
        return taken;
    }

    /**
     * Reads until the call is answered, or nothing has come for some time. Then another caller that
     * waits reads on, or the keeper.
     */
    @SuppressWarnings("ThreadPriorityCheck") // Only speed depends on who goes first.
    void lead(PendingCall call, AtomicInteger callers, long deadlineNs) {
        boolean passed = false;
        try {
            long endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
            while (!call.done() && session.isOpen()) {
                if (pump() > 0) {
                    endNs = System.nanoTime() + WireBounds.SPIN.toNanos();
                } else {
                    long nowNs = System.nanoTime();
                    if (nowNs - endNs > 0 || nowNs - deadlineNs > 0) {
                        break;
                    }
                    if (callers.get() > 1) {
                        Thread.yield();
                    } else {
                        Thread.onSpinWait();
                    }
                }
            }
            passed = call.done() && callers.get() > 1 && session.appoint();
        } catch (IOException broken) {
            session.lose(broken);
        } finally {
            if (!passed) {
                leaveLead(!call.done() || callers.get() > 1);
            }
        }
    }

    /**
     * Gives back the role of the reader.
     *
     * @param othersWait whether somebody waits for bytes: then the keeper goes on at once
     */
    void leaveLead(boolean othersWait) {
        try {
            leaveRole();
        } catch (IOException broken) {
            session.lose(broken);
        }
        Thread sleeper = keeper;
        if (othersWait && keeperPaused && sleeper != null) {
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
