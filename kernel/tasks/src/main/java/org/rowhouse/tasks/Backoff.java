package org.rowhouse.tasks;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between tries: exponential, with a random part so that many tasks do not try again at one
 * moment.
 */
final class Backoff {
    private Backoff() {}

    /**
     * The pause after a try.
     *
     * @param tries how many tries have failed, from 1
     * @return milliseconds
     */
    static long pauseMs(Duration first, double factor, Duration longest, double jitter, int tries) {
        double full =
                Math.min(first.toMillis() * Math.pow(factor, tries - 1.0), longest.toMillis());
        return (long) (full * (1 - jitter * ThreadLocalRandom.current().nextDouble()));
    }
}
