package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;

/**
 * Cancels what a workflow started between the moment someone cancelled it with its children and its
 * end: children that the canceller could not see yet.
 *
 * <p>Tables: none directly; the function {@code rowhouse.cancel_orphans}. Invariant: every workflow
 * that ended on this node after it knew of the wish to cancel it is looked at once more, many in
 * one statement. Thread: its own, which sleeps until there is one. Failure: the round is repeated
 * later; after a crash the cancelled workflow runs again, ends again, and is looked at then.
 */
final class Orphans implements AutoCloseable {
    private static final NamedSql CANCEL = NamedSql.load("cancel_orphans");
    private static final Duration UNTIL_TOLD = Duration.ofHours(1);

    private final Connections connections;
    private final ConcurrentLinkedQueue<UUID> parents = new ConcurrentLinkedQueue<>();
    private final Beat beat = new Beat("rowhouse-orphans", this::turn);

    Orphans(Connections connections) {
        this.connections = connections;
    }

    void start() {
        beat.start();
    }

    /** A task has ended that someone asked to cancel. Never blocks. */
    void parentCancelled(TaskId id) {
        parents.add(id.value());
        beat.signal();
    }

    private Duration turn() {
        List<UUID> round = new ArrayList<>();
        UUID next = parents.poll();
        while (next != null) {
            round.add(next);
            next = round.size() < OperationBounds.ORPHANS_MAX ? parents.poll() : null;
        }
        if (round.isEmpty()) {
            return UNTIL_TOLD;
        }
        try (Connection connection = connections.connect("rowhouse-orphans")) {
            var _ = CANCEL.rows(connection, Map.of("ids", round), row -> row.getInt(1));
            return Duration.ZERO;
        } catch (SQLException e) {
            parents.addAll(round);
            throw DatabaseErrors.explain(e);
        } catch (RuntimeException e) {
            parents.addAll(round);
            throw e;
        }
    }

    @Override
    public void close() {
        beat.close();
    }
}
