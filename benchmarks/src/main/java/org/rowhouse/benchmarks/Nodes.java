package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.Rowhouse;

/** Nodes inside this program, as benchmarks use them. */
final class Nodes {
    /** The component that benchmarks register. */
    static final String COMPONENT = "benchmark";

    private static final Duration POLL = Duration.ofMillis(1);

    private static final String RUNNING =
            "select count(*) from rowhouse.task where state = 'running' and queue = ?";

    private Nodes() {}

    /** Opens a node on a database, with its folder below {@code folder}. */
    static Rowhouse open(Server server, Path folder) {
        return Rowhouse.open(
                Rowhouse.Options.of(folder.resolve("node"))
                        .databaseUrl(server.url())
                        .name("benchmark"));
    }

    /** Declares a queue without limits, spread over all buckets. */
    static void addQueue(Server server, String queue) {
        server.execute("select rowhouse.set_queue(?, spread => true)", queue);
    }

    /**
     * Waits until no task of a queue runs any more: after their functions have returned, their ends
     * take a moment to be recorded.
     */
    static void awaitEnds(Server server, String queue) {
        try {
            while (server.number(RUNNING, queue) > 0) {
                Thread.sleep(POLL);
            }
        } catch (InterruptedException interrupted) {
            throw interrupted();
        }
    }

    /** What to throw when this thread was told to stop. */
    static RowhouseException interrupted() {
        Thread.currentThread().interrupt();
        return new RowhouseException(ErrorCode.CANCELLED, "The benchmark was interrupted.");
    }
}
