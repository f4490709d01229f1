package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Cancels what a workflow started between the moment someone cancelled it with its children and its
 * end: children that the canceller could not see yet.
 *
 * <p>Tables: none directly; the function {@code rowhouse.cancel_orphans}. Invariant: the wish to
 * cancel a task stays in its row until this has looked for what it started; so neither a crash nor
 * a lost signal loses it. Thread: its own, which sleeps until it is told of such a task. Failure:
 * the round is repeated later.
 */
final class Orphans implements AutoCloseable {
    private static final NamedSql CANCEL = NamedSql.load(Orphans.class, "cancel_orphans");
    private static final Duration UNTIL_TOLD = Duration.ofHours(1);

    private final Connections connections;
    private final Beat beat = new Beat("rowhouse-orphans", this::turn);

    Orphans(Connections connections) {
        this.connections = connections;
    }

    void start() {
        beat.start();
    }

    /** A task has ended that someone asked to cancel. Never blocks. */
    void signal() {
        beat.signal();
    }

    private Duration turn() {
        try (Connection connection = connections.connect("rowhouse-orphans")) {
            int looked =
                    CANCEL.rows(
                                    connection,
                                    Map.of("most", OperationBounds.ORPHANS_MAX),
                                    row -> row.getInt(1))
                            .getFirst();
            return looked == 0 ? UNTIL_TOLD : Duration.ZERO;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    @Override
    public void close() {
        beat.close();
    }
}
