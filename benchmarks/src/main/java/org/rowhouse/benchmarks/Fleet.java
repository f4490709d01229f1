package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.node.Rowhouse;

/** Many whole nodes inside this program, on one database. */
final class Fleet implements AutoCloseable {
    /** Two lanes, life, lease and signals, and now and then one for something else. */
    static final int CONNECTIONS_PER_NODE = 6;

    private static final String QUEUE = "benchmark";

    /** Nodes that open or close at once; the first one alone, since it makes the schema. */
    private static final int AT_ONCE = 4;

    private static final long WAIT_MAX_NS = Duration.ofMinutes(2).toNanos();

    private final Server server;
    private final Path folder;
    private final List<Rowhouse> nodes = new ArrayList<>();
    private final ExecutorService starting = Executors.newVirtualThreadPerTaskExecutor();
    private volatile @Nullable RuntimeException failure;
    private volatile Histogram waits = new ConcurrentHistogram(WAIT_MAX_NS, 3);

    Fleet(Server server, Path folder) {
        this.server = server;
        this.folder = folder;
    }

    int size() {
        return nodes.size();
    }

    /** Opens nodes until there are so many. */
    void growTo(int count) {
        if (nodes.isEmpty()) {
            nodes.add(open(0));
            Nodes.addQueue(server, QUEUE);
        }
        int from = nodes.size();
        List<Future<Rowhouse>> opening = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            for (int i = from; i < count; i++) {
                int number = i;
                opening.add(threads.submit(() -> open(number)));
            }
        }
        for (Future<Rowhouse> each : opening) {
            try {
                nodes.add(each.get());
            } catch (ExecutionException failure) {
                throw new RowhouseException(
                        ErrorCode.NODE_UNAVAILABLE,
                        "A node of the benchmark did not open: " + failure.getCause(),
                        failure);
            } catch (InterruptedException interrupted) {
                throw Nodes.interrupted();
            }
        }
    }

    private Rowhouse open(int number) {
        Rowhouse node =
                Rowhouse.open(
                        Rowhouse.Options.of(folder.resolve("node-" + number))
                                .databaseUrl(server.url())
                                .name("node-" + number));
        node.register(Nodes.COMPONENT, new Timed(this::ran));
        return node;
    }

    private void ran(long waitedNs) {
        waits.recordValue(Math.min(waitedNs, WAIT_MAX_NS));
    }

    /** Starts a task, at the first node, that any node may run; does not wait for it. */
    void startTask() {
        starting.execute(() -> {
            try {
                nodes.getFirst()
                        .start(
                                Timed.FUNCTION,
                                new Value(System.nanoTime()),
                                Value.class,
                                StartOptions.inQueue(QUEUE));
            } catch (RuntimeException e) {
                failure = e;
            }
        });
    }

    /**
     * How long tasks waited since this was last asked.
     *
     * @throws RowhouseException if one could not be started
     */
    Histogram takeWaits() {
        RuntimeException failed = failure;
        if (failed != null) {
            throw failed;
        }
        Histogram taken = waits;
        waits = new ConcurrentHistogram(WAIT_MAX_NS, 3);
        return taken;
    }

    @Override
    public void close() {
        starting.close();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            nodes.forEach(node -> threads.execute(node::close));
        }
    }
}
