package org.rowhouse.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Keeps clients informed of what GET routes answer, by server-sent events. Each path that somebody
 * watches is asked for once in a tick, for all who watch it together: a hundred consoles cost the
 * database what one costs. A tick comes soon after a signal of the cluster, and every few seconds
 * without one, while anybody watches; and it may take a tenth of the time at most.
 *
 * <p>A client is told the newest answer when it is ready for it, and none in between: a slow one
 * costs nothing. Events: {@code answer} {path, value} and {@code problem} {path, problem}; a
 * comment now and then shows that the line lives. Standard: WHATWG HTML, section 9.2.
 *
 * <p>A database that falls silent may hold a question for long. Those who watch are then told so,
 * by whichever of their threads sees it first; the answer, once it comes, takes its place.
 *
 * <p>Safe for all threads. Failure: what a route throws is told to those who watch it.
 */
final class Live implements AutoCloseable {
    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final UnaryOperator<String> source;
    private final Map<String, Watched> watched = new LinkedHashMap<>(); // under the lock
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition wanted = lock.newCondition();
    private final Thread thread;
    private long sessions; // how often they have changed
    private boolean asking;
    private long askedNs; // when the question under way began
    private int clients;
    private boolean signalled;
    private boolean closing;

    /** A path that is watched, and the last event that it gave. */
    private static final class Watched {
        final String path;
        boolean due = true; // it has yet to be asked for, at first or in the tick under way
        boolean known; // it has been asked for
        int watchers;
        long version;
        byte[] event = new byte[0];

        Watched(String path) {
            this.path = path;
        }
    }

    /**
     * @param source gives the JSON that a path answers now, or throws
     */
    Live(UnaryOperator<String> source) {
        this.source = source;
        this.thread = Thread.ofVirtual().name("live").start(this::serve);
    }

    /** Something has happened in the cluster. Never blocks for long. */
    void signal() {
        lock.lock();
        try {
            signalled = true;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sessions have changed: some clients may see no more. Never blocks for long. */
    void signalSessions() {
        lock.lock();
        try {
            sessions++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes events until the client goes away, may no longer see them, or the node stops.
     *
     * @param paths of GET routes, with their query
     * @param may whether the client may go on; asked now and then, and when sessions have changed
     * @throws RowhouseException OVERLOADED if too many clients watch, or too many different paths
     */
    void watch(Set<String> paths, OutputStream out, BooleanSupplier may) throws IOException {
        List<Watched> mine = enter(paths);
        Map<String, Long> told = new HashMap<>();
        try {
            out.write(COMMENT);
            out.flush();
            for (long asOf = sessions(); may.getAsBoolean(); asOf = sessions()) {
                List<byte[]> events = news(mine, told, asOf);
                if (events == null) {
                    return;
                }
                for (byte[] event : events) {
                    out.write(event);
                }
                if (events.isEmpty()) {
                    out.write(COMMENT);
                }
                out.flush();
            }
        } finally {
            leave(mine);
        }
    }

    private List<Watched> enter(Set<String> paths) {
        lock.lock();
        try {
            Set<String> all = new HashSet<>(watched.keySet());
            all.addAll(paths);
            if (clients >= NodeBounds.LIVE_CLIENTS_MAX) {
                throw new RowhouseException(
                        ErrorCode.OVERLOADED,
                        clients
                                + " clients already watch this node: close one, or watch another"
                                + " node.");
            }
            if (all.size() > NodeBounds.LIVE_PATHS_MAX) {
                throw new RowhouseException(
                        ErrorCode.OVERLOADED,
                        "Consoles of this node already watch "
                                + watched.size()
                                + " different things: close one, or open this one at another"
                                + " node.");
            }
            clients++;
            List<Watched> mine = new ArrayList<>();
            for (String path : paths) {
                Watched one = watched.computeIfAbsent(path, Watched::new);
                one.watchers++;
                mine.add(one);
            }
            signalled = true;
            wanted.signalAll();
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private void leave(List<Watched> mine) {
        lock.lock();
        try {
            clients--;
            for (Watched one : mine) {
                if (--one.watchers == 0) {
                    watched.remove(one.path);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private long sessions() {
        lock.lock();
        try {
            return sessions;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for events that this client does not have yet, and ends with none when sessions have
     * changed since {@code asOf} or it is time for a comment; null when the node stops.
     */
    private @Nullable List<byte[]> news(List<Watched> mine, Map<String, Long> told, long asOf) {
        lock.lock();
        try {
            long leftNs = NodeBounds.LIVE_COMMENT.toNanos();
            while (true) {
                if (closing) {
                    return null;
                }
                long lateNs = tellIfLate(mine);
                List<byte[]> events = new ArrayList<>();
                for (Watched one : mine) {
                    Long known = told.put(one.path, one.version);
                    if (one.version != 0 && (known == null || known != one.version)) {
                        events.add(one.event);
                    }
                }
                if (!events.isEmpty() || leftNs <= 0 || sessions != asOf) {
                    return events;
                }
                long waitNs = Math.min(leftNs, lateNs);
                leftNs -= waitNs - changed.awaitNanos(waitNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Tells what waits behind a late answer; gives how long to wait before looking again. */
    private long tellIfLate(List<Watched> mine) {
        long patienceNs = NodeBounds.LIVE_PATIENCE.toNanos();
        if (!asking) {
            return patienceNs;
        }
        long leftNs = patienceNs - (System.nanoTime() - askedNs);
        if (leftNs > 0) {
            return leftNs;
        }
        for (Watched one : mine) {
            if (one.due) {
                change(one, late(one.path));
            }
        }
        return patienceNs;
    }

    private static byte[] late(String path) {
        Problem problem =
                Problem.of(
                        new RowhouseException(
                                ErrorCode.DATABASE_UNAVAILABLE,
                                "The database has not answered for "
                                        + NodeBounds.LIVE_PATIENCE.toSeconds()
                                        + " s: it may be stopped or very busy."));
        return event("problem", path, "problem", Json.text(problem));
    }

    private void serve() {
        try {
            while (awaitTick()) {
                long beganNs = System.nanoTime();
                tick(snapshot());
                long tookNs = System.nanoTime() - beganNs;
                pause(
                        Math.clamp(
                                9 * tookNs,
                                NodeBounds.LIVE_GAP.toNanos(),
                                NodeBounds.LIVE_GAP_MAX.toNanos()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Asks for all paths. Answers are told together, since each telling wakes all clients; but one
     * that takes long must not hold up those before it for long.
     */
    private void tick(List<Watched> paths) {
        Map<Watched, byte[]> events = new LinkedHashMap<>();
        long toldNs = System.nanoTime();
        for (Watched one : paths) {
            events.put(one, ask(one));
            long nowNs = System.nanoTime();
            if (!one.known || nowNs - toldNs > NodeBounds.LIVE_TOGETHER.toNanos()) {
                tell(events);
                events.clear();
                toldNs = nowNs;
            }
        }
        tell(events);
    }

    private boolean awaitTick() throws InterruptedException {
        lock.lock();
        try {
            long leftNs = NodeBounds.LIVE_PAUSE.toNanos();
            while (!closing && (watched.isEmpty() || (!signalled && leftNs > 0))) {
                if (watched.isEmpty()) {
                    wanted.await();
                } else {
                    leftNs = wanted.awaitNanos(leftNs);
                }
            }
            signalled = false;
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    /** Between two ticks. A path that is new is not kept waiting, but is asked for alone. */
    private void pause(long ns) throws InterruptedException {
        long endNs = System.nanoTime() + ns;
        for (List<Watched> fresh = awaitNew(endNs); !fresh.isEmpty(); fresh = awaitNew(endNs)) {
            for (Watched one : fresh) {
                tell(Map.of(one, ask(one)));
            }
        }
    }

    /** Paths that nobody has asked for yet, when there are some; none at the end of the pause. */
    private List<Watched> awaitNew(long endNs) throws InterruptedException {
        lock.lock();
        try {
            long leftNs = endNs - System.nanoTime();
            while (!closing && leftNs > 0) {
                List<Watched> fresh = watched.values().stream().filter(one -> !one.known).toList();
                if (!fresh.isEmpty()) {
                    return fresh;
                }
                leftNs = wanted.awaitNanos(leftNs);
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private List<Watched> snapshot() {
        lock.lock();
        try {
            watched.values().forEach(one -> one.due = true);
            return new ArrayList<>(watched.values());
        } finally {
            lock.unlock();
        }
    }

    private byte[] ask(Watched one) {
        asking(true);
        try {
            return ask(one.path);
        } finally {
            asking(false);
        }
    }

    private void asking(boolean now) {
        lock.lock();
        try {
            asking = now;
            askedNs = System.nanoTime();
        } finally {
            lock.unlock();
        }
    }

    private byte[] ask(String path) {
        try {
            return event("answer", path, "value", source.apply(path));
        } catch (RowhouseException e) {
            return event("problem", path, "problem", Json.text(Problem.of(e)));
        } catch (RuntimeException e) {
            Problem problem =
                    Problem.of(
                            ErrorCode.INTERNAL,
                            500,
                            "Rowhouse made a mistake: the node's log says more.");
            System.getLogger(Live.class.getName())
                    .log(System.Logger.Level.ERROR, "what is watched cannot be told: " + path, e);
            return event("problem", path, "problem", Json.text(problem));
        }
    }

    private static byte[] event(String name, String path, String field, String json) {
        // JSON has line breaks only between its parts; an event's data ends at one.
        String data = json.replace('\n', ' ').replace('\r', ' ');
        return ("event: "
                        + name
                        + "\ndata: {\"path\":"
                        + Json.text(path)
                        + ",\""
                        + field
                        + "\":"
                        + data
                        + "}\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private void tell(Map<Watched, byte[]> events) {
        lock.lock();
        try {
            events.forEach((one, event) -> {
                one.due = false;
                one.known = true;
                change(one, event);
            });
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void change(Watched one, byte[] event) {
        if (!Arrays.equals(one.event, event)) {
            one.event = event;
            one.version++;
            changed.signalAll();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(Duration.ofMillis(TimeUnit.SECONDS.toMillis(1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
