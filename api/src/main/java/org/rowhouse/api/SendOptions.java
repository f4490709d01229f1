package org.rowhouse.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a message to a mailbox or a task is delivered. Every part may be left out.
 *
 * @param priority higher is received first, -1000 to 1000
 * @param delay how long it is held back; null for not at all
 * @param timeToLive not received by then it becomes a dead letter; null for never
 */
public record SendOptions(int priority, @Nullable Duration delay, @Nullable Duration timeToLive) {
    /** At once, in turn, for ever. */
    public static final SendOptions USUAL = new SendOptions(0, null, null);

    public SendOptions {
        if (priority < -1000 || priority > 1000) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The priority must be -1000 to 1000, but is " + priority + ".");
        }
        check("delay", delay);
        check("time to live", timeToLive);
    }

    /** The same with another priority. */
    public SendOptions priority(int priority) {
        return new SendOptions(priority, delay, timeToLive);
    }

    /** The same, held back for this time. */
    public SendOptions delay(Duration delay) {
        return new SendOptions(priority, delay, timeToLive);
    }

    /** The same, for this time only. */
    public SendOptions timeToLive(Duration timeToLive) {
        return new SendOptions(priority, delay, timeToLive);
    }

    private static void check(String what, @Nullable Duration time) {
        if (time != null && (time.isNegative() || time.compareTo(StartOptions.LONGEST) > 0)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The " + what + " must be 0 to 3650 days, but is " + time + ".");
        }
    }
}
