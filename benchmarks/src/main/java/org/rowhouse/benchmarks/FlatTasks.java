package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.rowhouse.api.StartOptions;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.SqlFile;

/**
 * A database that holds many tasks, and a node that runs a few more.
 *
 * <p>The many: so many have ended, half as many are ready in a queue that is paused, and half as
 * many wait for next year. All with the rows of {@code task_event} that they would have.
 */
final class FlatTasks implements AutoCloseable {
    private static final String ENDED = SqlFile.read(FlatTasks.class, "flat_ended");
    private static final String UNENDED = SqlFile.read(FlatTasks.class, "flat_unended");

    private static final String QUEUE = "benchmark";
    private static final String BACKLOG = "backlog";

    /** Tasks that are put into the tables by one statement. */
    private static final int BATCH = 100_000;

    /** Tasks that are ready when the clock starts: some tenths of a second of work. */
    private static final int CHUNK = 10_000;

    private final Server server;
    private final Rowhouse node;
    private final int count;
    private final UUID template;

    private volatile CountDownLatch left = new CountDownLatch(0);

    /** Opens a node on an empty database. */
    FlatTasks(Server server, Path folder, int count) {
        this.server = server;
        this.count = count;
        this.node = Nodes.open(server, folder);
        node.register(Nodes.COMPONENT, new Counted(() -> left.countDown()));
        Nodes.addQueue(server, QUEUE);
        Nodes.addQueue(server, BACKLOG);
        server.execute("select rowhouse.pause_queue(?)", BACKLOG);
        this.template = runOne();
    }

    private UUID runOne() {
        var task =
                node.start(
                        Counted.FUNCTION, new Value(1), Value.class, StartOptions.inQueue(QUEUE));
        task.result();
        return UUID.fromString(task.id().toString());
    }

    /** How many tasks have ended, and how many have not. */
    int count() {
        return count;
    }

    /** Puts the tasks into the tables, and does what autovacuum would have done by then. */
    void fill() {
        for (int done = 0; done < count; done += BATCH) {
            int batch = Math.min(BATCH, count - done);
            server.execute(ENDED, template, template, batch);
            add(batch / 2, "waiting", BACKLOG);
            add(batch / 2, "ready", BACKLOG);
        }
        server.execute("vacuum (analyze) rowhouse.task, rowhouse.task_event");
    }

    private void add(int tasks, String state, String queue) {
        server.execute(UNENDED, template, template, tasks, state, queue, queue);
    }

    /**
     * Runs tasks for about {@code time} and gives what each took, from ready to recorded end. They
     * are made ready in chunks, outside of the time that counts.
     */
    double microsecondsPerTask(Duration time) {
        long spentNs = 0;
        long tasks = 0;
        while (spentNs < time.toNanos()) {
            left = new CountDownLatch(CHUNK);
            add(CHUNK, "ready", QUEUE);
            long begin = System.nanoTime();
            try {
                left.await();
            } catch (InterruptedException interrupted) {
                throw Nodes.interrupted();
            }
            Nodes.awaitEnds(server, QUEUE);
            spentNs += System.nanoTime() - begin;
            tasks += CHUNK;
        }
        return spentNs / 1e3 / tasks;
    }

    @Override
    public void close() {
        node.close();
    }
}
