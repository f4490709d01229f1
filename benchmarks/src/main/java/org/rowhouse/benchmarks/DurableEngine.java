package org.rowhouse.benchmarks;

import java.time.Duration;

/**
 * A system that runs durable workflows, as far as the benchmark {@code durable} needs it. All calls
 * are safe for many threads and block until what they say is on disk.
 */
interface DurableEngine extends AutoCloseable {
    /** Name and version, as reports print it. */
    String name();

    /**
     * Runs one workflow of two steps, each of which adds 1 to its input, and waits for the result.
     *
     * @return {@code input + 2}
     */
    long twoSteps(long input);

    /**
     * Puts {@code count} tasks that do nothing into a queue, from {@code callers} at once, and
     * waits until all have run and their ends are recorded.
     */
    void queued(long count, int callers);

    /**
     * Puts one task into a queue of an idle system and waits for its result.
     *
     * @return the time from asking to the result in hand, in this process
     */
    Duration handOff();

    /** Starts a client in a process of its own that does what {@link #handOff} does. */
    ClientProcess client();

    @Override
    void close();
}
