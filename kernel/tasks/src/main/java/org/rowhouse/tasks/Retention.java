package org.rowhouse.tasks;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Deletes what has been kept long enough: ended tasks with their steps, events and log lines
 * (settings {@code retention} and {@code retention_failed}), statistics of system calls and old
 * lives of nodes ({@code retention_calls}).
 *
 * <p>One thread walks through the tasks of each bucket in the order of their ids, a bounded batch
 * and transaction at a time, and begins again from the front a minute after it came to the end.
 * Never deletes a task whose parent is still kept. Many nodes may do so at once: one batch of a
 * bucket is under way at a time, the others find nothing to do. Locks: the deleted tasks. An error
 * is logged and the walk goes on later.
 */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Retention.class.getName());
    private static final NamedSql BUCKETS = NamedSql.load(Retention.class, "buckets_count");
    private static final NamedSql SWEEP_TASKS = NamedSql.load(Retention.class, "sweep_tasks");
    private static final NamedSql SWEEP_RECORDS = NamedSql.load(Retention.class, "sweep_records");
    private static final UUID FRONT = new UUID(0, 0);

    private final Connections connections;
    private final Beat beat;
    private final Map<Integer, UUID> cursors = new ConcurrentHashMap<>();

    private record Batch(int seen, int deleted, Optional<UUID> last) {}

    /**
     * What a pass came to.
     *
     * @param deleted tasks and records that went
     * @param backlog whether it stopped at its bound before the end of a bucket
     */
    record Pass(long deleted, boolean backlog) {}

    public Retention(Connections connections) {
        this.connections = connections;
        this.beat = new Beat("rowhouse-retention", this::turn);
    }

    /** Begins to delete. Once only. */
    public void start() {
        beat.start();
    }

    /** A setting has changed: look again at once. Never blocks. */
    public void signal() {
        beat.signal();
    }

    /** Stops; waits for the batch that is under way. */
    @Override
    public void close() {
        beat.close();
    }

    private Duration turn() {
        Pass pass = pass();
        LOG.log(Level.DEBUG, "retention deleted {0} rows", pass.deleted);
        return pass.backlog ? OperationBounds.SWEEP_PAUSE_BUSY : OperationBounds.SWEEP_PAUSE;
    }

    /** Goes on through every bucket, as far as its bounds allow. */
    Pass pass() {
        try (Connection connection = connections.connect("rowhouse-retention")) {
            int buckets = BUCKETS.rows(connection, Map.of(), row -> row.getInt(1)).getFirst();
            long deleted = 0;
            boolean backlog = false;
            for (int bucket = 0; bucket < buckets && !beat.closing(); bucket++) {
                Pass pass = sweep(connection, bucket);
                deleted += pass.deleted;
                backlog |= pass.backlog;
            }
            deleted +=
                    SWEEP_RECORDS
                            .rows(
                                    connection,
                                    Map.of("most", OperationBounds.SWEEP_MAX),
                                    row -> row.getInt(1))
                            .getFirst();
            return new Pass(deleted, backlog);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private Pass sweep(Connection connection, int bucket) throws SQLException {
        long deleted = 0;
        for (int i = 0; i < OperationBounds.SWEEP_BATCHES_MAX && !beat.closing(); i++) {
            Batch batch =
                    SWEEP_TASKS
                            .rows(
                                    connection,
                                    Map.of(
                                            "bucket",
                                            bucket,
                                            "after",
                                            cursors.getOrDefault(bucket, FRONT),
                                            "most",
                                            OperationBounds.SWEEP_MAX),
                                    row ->
                                            new Batch(
                                                    row.getInt("seen"),
                                                    row.getInt("deleted"),
                                                    Optional.ofNullable(
                                                            row.getObject("last", UUID.class))))
                            .getFirst();
            deleted += batch.deleted;
            if (batch.last.isEmpty() || batch.seen < OperationBounds.SWEEP_MAX) {
                cursors.remove(bucket);
                return new Pass(deleted, false);
            }
            cursors.put(bucket, batch.last.get());
        }
        return new Pass(deleted, true);
    }
}
