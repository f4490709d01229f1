package org.rowhouse.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which ways have failed lately: one breaker for each target and operation. It opens after {@link
 * CallBounds#FAILURES_MAX} failures in a row; then nobody goes that way for a time; then one call
 * may try, and its outcome closes it or keeps it open for twice as long.
 *
 * <p>Only ways that have failed have a breaker, so the usual call costs one look into an empty map.
 * Safe for use by many threads.
 */
final class Breakers {
    private final Map<Way, Breaker> breakers = new ConcurrentHashMap<>();
    private final LongSupplier nanoClock;
    private final Consumer<Breakers> changed;

    /** A way that calls go. */
    record Way(int target, String operation) {}

    /** How a breaker stands. */
    enum State {
        CLOSED("closed"),
        OPEN("open"),
        HALF_OPEN("half-open");

        final String sqlName;

        State(String sqlName) {
            this.sqlName = sqlName;
        }
    }

    /** A breaker as its row has it. */
    record Standing(
            Way way, State state, int failures, @Nullable Long retryMs, @Nullable String reason) {}

    private static final class Breaker {
        private State state = State.CLOSED;
        private int failures;
        private long openNs = CallBounds.OPEN.toNanos();
        private long retryNs;
        private @Nullable String reason;
        private boolean untold;
    }

    /**
     * @param changed called, must not block, when something is to be told
     */
    Breakers(LongSupplier nanoClock, Consumer<Breakers> changed) {
        this.nanoClock = nanoClock;
        this.changed = changed;
    }

    /**
     * Whether a call may go this way; an open one whose time is over lets this one call try, which
     * must then tell how it went.
     */
    boolean admits(Way way) {
        Breaker breaker = breakers.get(way);
        if (breaker == null) {
            return true;
        }
        synchronized (breaker) {
            if (breaker.state == State.CLOSED) {
                return true;
            }
            if (nanoClock.getAsLong() - breaker.retryNs < 0) {
                return false;
            }
            // If the one that tries never tells, as when its thread is killed, another may later.
            breaker.retryNs = nanoClock.getAsLong() + breaker.openNs;
            change(breaker, State.HALF_OPEN);
        }
        changed.accept(this);
        return true;
    }

    /** A call went well. */
    void succeeded(Way way) {
        Breaker breaker = breakers.get(way);
        if (breaker == null) {
            return;
        }
        boolean tell = false;
        synchronized (breaker) {
            breaker.failures = 0;
            if (breaker.state != State.CLOSED) {
                breaker.openNs = CallBounds.OPEN.toNanos();
                change(breaker, State.CLOSED);
                tell = true;
            }
        }
        if (tell) {
            changed.accept(this);
        }
    }

    /** A call failed for a reason that lies with the way or with the target. */
    void failed(Way way, String reason) {
        if (breakers.size() >= CallBounds.BREAKERS_MAX) {
            breakers.values().removeIf(each -> each.state == State.CLOSED);
        }
        Breaker breaker = breakers.computeIfAbsent(way, _ -> new Breaker());
        boolean tell = false;
        synchronized (breaker) {
            breaker.failures++;
            breaker.reason = reason;
            boolean trial = breaker.state == State.HALF_OPEN;
            if (trial) {
                breaker.openNs = Math.min(breaker.openNs * 2, CallBounds.OPEN_MAX.toNanos());
            }
            if (trial
                    || (breaker.state == State.CLOSED
                            && breaker.failures >= CallBounds.FAILURES_MAX)) {
                breaker.retryNs = nanoClock.getAsLong() + breaker.openNs;
                change(breaker, State.OPEN);
                tell = true;
            }
        }
        if (tell) {
            changed.accept(this);
        }
    }

    private static void change(Breaker breaker, State state) {
        breaker.state = state;
        breaker.untold = true;
    }

    /** Takes what has changed since it was asked last. */
    List<Standing> takeChanged() {
        List<Standing> standings = new ArrayList<>();
        breakers.forEach((way, breaker) -> {
            synchronized (breaker) {
                if (breaker.untold) {
                    breaker.untold = false;
                    Long retryMs =
                            breaker.state == State.CLOSED
                                    ? null
                                    : Math.max(
                                            0,
                                            (breaker.retryNs - nanoClock.getAsLong()) / 1_000_000);
                    standings.add(
                            new Standing(
                                    way, breaker.state, breaker.failures, retryMs, breaker.reason));
                }
            }
        });
        return standings;
    }

    /** What was taken could not be written: it is to be told again. */
    void tellAgain(List<Standing> standings) {
        for (Standing each : standings) {
            Breaker breaker = breakers.get(each.way);
            if (breaker != null) {
                synchronized (breaker) {
                    breaker.untold = true;
                }
            }
        }
    }

    /** Forgets all: somebody has closed them. */
    void clear() {
        breakers.clear();
    }

    /** Forgets the ways to targets that are no more. */
    void retain(java.util.function.IntPredicate target) {
        breakers.keySet().removeIf(way -> !target.test(way.target));
    }
}
