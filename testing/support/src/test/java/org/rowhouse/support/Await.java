package org.rowhouse.support;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for something to become true, with a deadline. */
final class Await {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private Await() {}

    /**
     * Looks again and again until it is true.
     *
     * @param otherwise says how things stand when the time is over
     */
    static void until(Duration atMost, Callable<Boolean> condition, Supplier<String> otherwise) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!isTrue(condition)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + atMost + ": " + otherwise.get());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** A question that fails, as while the database is away, is asked again. */
    private static boolean isTrue(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (Exception e) {
            return false;
        }
    }
}
