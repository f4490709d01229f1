package org.rowhouse.benchmarks;

import java.time.Duration;
import org.rowhouse.api.Function;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** The component of the benchmark {@code sleepers}: workflows that do nothing for long. */
public final class Sleepers {
    /** The queue that all its tasks are in. */
    static final String QUEUE = "sleepers";

    /** A moment, milliseconds since 1970. */
    public record Moment(long epochMs) {}

    /** A time, milliseconds. */
    public record Pause(long ms) {}

    /** Sleeps until a moment. */
    @Workflow
    public Moment asleep(Moment until) {
        Task.sleep(Duration.ofMillis(left(until)));
        return until;
    }

    /** Waits for a child that is due at a moment. */
    @Workflow
    public Pause waiting(Moment until) {
        long ms = left(until);
        StartOptions options = StartOptions.inQueue(QUEUE).delay(Duration.ofMillis(ms));
        return Task.start("child", new Pause(ms), Pause.class, options).result();
    }

    /** What {@link #waiting} waits for. */
    @Function
    public Pause child(Pause before) {
        return before;
    }

    private static long left(Moment until) {
        return Task.step(
                "left",
                Long.class,
                () -> Math.max(0, until.epochMs() - System.currentTimeMillis()));
    }
}
