package org.rowhouse.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and when a new task runs. Every part may be left out.
 *
 * @param queue the queue it waits in; null means it runs at once, on the node that starts it
 * @param priority higher goes first within a queue, -1000 to 1000
 * @param delay how long it waits before it becomes ready; null for none
 * @param timeout longest time from start to end; null for none (a child never outlives its parent's
 *     deadline)
 * @param deduplication while an unended task with this key is in the queue, another start gives
 *     that task back
 * @param partition tenant or group that a fair queue takes turns between
 * @param need what it needs of the node that runs it; null for what its function says
 */
public record StartOptions(
        @Nullable String queue,
        int priority,
        @Nullable Duration delay,
        @Nullable Duration timeout,
        @Nullable String deduplication,
        @Nullable String partition,
        @Nullable Need need) {
    /** At once, on the node that starts it. */
    public static final StartOptions DIRECT =
            new StartOptions(null, 0, null, null, null, null, null);

    /** Longest delay and time-out. */
    public static final Duration LONGEST = Duration.ofDays(3650);

    /** Longest key of deduplication or partition, in characters. */
    public static final int KEY_LENGTH_MAX = 256;

    public StartOptions {
        if (priority < -1000 || priority > 1000) {
            throw invalid("The priority must be -1000 to 1000, but is " + priority + ".");
        }
        if (delay != null && (delay.isNegative() || delay.compareTo(LONGEST) > 0)) {
            throw invalid("The delay must be 0 to 3650 days, but is " + delay + ".");
        }
        if (timeout != null
                && (timeout.isNegative() || timeout.isZero() || timeout.compareTo(LONGEST) > 0)) {
            throw invalid(
                    "The time-out must be above 0 and at most 3650 days, but is " + timeout + ".");
        }
        checkKey("deduplication key", deduplication);
        checkKey("partition key", partition);
        if ((deduplication != null || partition != null) && queue == null) {
            throw invalid("A deduplication or partition key needs a queue: name one.");
        }
    }

    /** In this queue. */
    public static StartOptions inQueue(String queue) {
        return new StartOptions(queue, 0, null, null, null, null, null);
    }

    /** The same with another priority. */
    public StartOptions priority(int priority) {
        return new StartOptions(queue, priority, delay, timeout, deduplication, partition, need);
    }

    /** The same, ready only after this delay. */
    public StartOptions delay(Duration delay) {
        return new StartOptions(queue, priority, delay, timeout, deduplication, partition, need);
    }

    /** The same with a longest time from start to end. */
    public StartOptions timeout(Duration timeout) {
        return new StartOptions(queue, priority, delay, timeout, deduplication, partition, need);
    }

    /** The same with a deduplication key. */
    public StartOptions deduplication(String key) {
        return new StartOptions(queue, priority, delay, timeout, key, partition, need);
    }

    /** The same with other needs than its function has. */
    public StartOptions need(Need need) {
        return new StartOptions(queue, priority, delay, timeout, deduplication, partition, need);
    }

    /** The same with a partition key. */
    public StartOptions partition(String key) {
        return new StartOptions(queue, priority, delay, timeout, deduplication, key, need);
    }

    private static void checkKey(String what, @Nullable String key) {
        if (key != null
                && (key.isEmpty() || key.length() > KEY_LENGTH_MAX || key.indexOf('\0') >= 0)) {
            throw invalid(
                    "A "
                            + what
                            + " must have 1 to "
                            + KEY_LENGTH_MAX
                            + " characters, none of them NUL.");
        }
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
