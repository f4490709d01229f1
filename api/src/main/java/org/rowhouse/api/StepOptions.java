package org.rowhouse.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a plain step is tried.
 *
 * @param attempts how often at most, 1 to {@value #ATTEMPTS_MAX}
 * @param backOff pause before the second try
 * @param factor by how much each further pause is longer, at least 1
 * @param backOffMax longest pause
 * @param jitter share of each pause that is random, 0 to 1: keeps many tasks from trying again at
 *     one moment
 * @param retryOn errors that are worth another try, subclasses included
 * @param timeout longest time of one try; none when null
 */
public record StepOptions(
        int attempts,
        Duration backOff,
        double factor,
        Duration backOffMax,
        double jitter,
        List<Class<? extends Throwable>> retryOn,
        @Nullable Duration timeout) {
    /** Largest number of attempts. */
    public static final int ATTEMPTS_MAX = 10_000;

    /** One attempt, no time-out. */
    public static final StepOptions ONCE =
            new StepOptions(
                    1,
                    Duration.ofSeconds(1),
                    2,
                    Duration.ofHours(1),
                    0.2,
                    List.of(Exception.class),
                    null);

    public StepOptions {
        retryOn = List.copyOf(retryOn);
        if (attempts < 1 || attempts > ATTEMPTS_MAX) {
            throw new IllegalArgumentException(
                    "attempts must be 1 to " + ATTEMPTS_MAX + ": " + attempts);
        }
        checkPause(backOff);
        checkPause(backOffMax);
        if (!(factor >= 1 && factor <= 100) || !(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("factor must be 1 to 100 and jitter 0 to 1");
        }
        if (timeout != null
                && (timeout.isNegative()
                        || timeout.isZero()
                        || timeout.compareTo(StartOptions.LONGEST) > 0)) {
            throw new IllegalArgumentException(
                    "a time-out must be above 0 and at most 3650 days, but is " + timeout);
        }
    }

    private static void checkPause(Duration pause) {
        if (pause.isNegative() || pause.compareTo(StartOptions.LONGEST) > 0) {
            throw new IllegalArgumentException("a pause must be 0 to 3650 days, but is " + pause);
        }
    }

    /**
     * Tries up to {@code attempts} times, with pauses of 1 s, 2 s, 4 s and so on, at most 1 h, a
     * fifth of it random.
     */
    public static StepOptions attempts(int attempts) {
        return new StepOptions(
                attempts,
                ONCE.backOff,
                ONCE.factor,
                ONCE.backOffMax,
                ONCE.jitter,
                ONCE.retryOn,
                ONCE.timeout);
    }

    /** The same with another first pause. */
    public StepOptions backOff(Duration first) {
        return new StepOptions(attempts, first, factor, backOffMax, jitter, retryOn, timeout);
    }

    /** The same with another longest pause. */
    public StepOptions backOffMax(Duration longest) {
        return new StepOptions(attempts, backOff, factor, longest, jitter, retryOn, timeout);
    }

    /** The same, but only these errors are worth another try. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final StepOptions retryOn(Class<? extends Throwable>... errors) {
        return new StepOptions(
                attempts, backOff, factor, backOffMax, jitter, List.of(errors), timeout);
    }

    /** The same with a longest time for each try. */
    public StepOptions timeout(Duration longest) {
        return new StepOptions(attempts, backOff, factor, backOffMax, jitter, retryOn, longest);
    }
}
