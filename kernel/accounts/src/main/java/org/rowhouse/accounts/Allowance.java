package org.rowhouse.accounts;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How many rows each caller's refusals may leave in a minute. Safe for all threads. */
final class Allowance {
    private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);

    private final Map<String, Minute> minutes = new HashMap<>();

    private static final class Minute {
        private long beganNs;
        private int taken;
        private int leftOut;
    }

    /**
     * What a caller is told.
     *
     * @param leftOut how many were not allowed since the last that was
     */
    record Answer(boolean allowed, int leftOut) {}

    Answer take(String caller) {
        return take(caller, System.nanoTime());
    }

    synchronized Answer take(String caller, long nowNs) {
        Minute minute = minutes.get(caller);
        if (minute == null) {
            makeRoom(nowNs);
            minute = new Minute();
            minute.beganNs = nowNs;
            minutes.put(caller, minute);
        }
        if (nowNs - minute.beganNs >= MINUTE_NS) {
            minute.beganNs = nowNs;
            minute.taken = 0;
        }
        if (minute.taken >= AccountBounds.REFUSALS_A_MINUTE) {
            minute.leftOut++;
            return new Answer(false, 0);
        }
        minute.taken++;
        int leftOut = minute.leftOut;
        minute.leftOut = 0;
        return new Answer(true, leftOut);
    }

    /** Callers that are remembered. */
    synchronized int size() {
        return minutes.size();
    }

    private void makeRoom(long nowNs) {
        if (minutes.size() < AccountBounds.REFUSED_CALLERS_MAX) {
            return;
        }
        minutes.values().removeIf(minute -> nowNs - minute.beganNs >= MINUTE_NS);
        if (minutes.size() >= AccountBounds.REFUSED_CALLERS_MAX) {
            Iterator<Minute> any = minutes.values().iterator();
            any.next();
            any.remove();
        }
    }
}
