package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Tells the other nodes which queues have ready tasks that this one cannot run itself.
 *
 * <p>Tables: none. Invariant: what is told while a signal is on its way goes with the next one, so
 * there are few however many tasks there are. Thread: its own; {@link #ready} may be called by any
 * and does not block. Failure: it tries again; besides, each node looks by itself every few
 * seconds.
 */
final class Signals implements AutoCloseable {
    private static final NamedSql SIGNAL = NamedSql.load(Signals.class, "signal_ready");
    private static final Duration IDLE = Duration.ofHours(1);

    private final Connections connections;
    private final Set<String> queues = ConcurrentHashMap.newKeySet();
    private final Beat beat;
    private @Nullable Connection connection; // the beat's, and the closing one's after it

    Signals(Connections connections) {
        this.connections = connections;
        this.beat = new Beat("rowhouse-signals", this::turn);
    }

    void start() {
        beat.start();
    }

    /** These queues, one to a line, have ready tasks; null for none. */
    void ready(@Nullable String names) {
        if (names != null && queues.addAll(names.lines().toList())) {
            beat.signal();
        }
    }

    private Duration turn() {
        List<String> told = List.copyOf(queues);
        if (told.isEmpty()) {
            return IDLE;
        }
        told.forEach(queues::remove);
        try {
            Connection current = connection == null ? connections.connect("signals") : connection;
            connection = current;
            SIGNAL.execute(current, Map.of("queues", String.join("\n", told)));
        } catch (SQLException e) {
            queues.addAll(told);
            disconnect();
            throw DatabaseErrors.explain(e);
        }
        LockSupport.parkNanos(TaskBounds.SIGNAL_PAUSE.toNanos());
        return queues.isEmpty() ? IDLE : Duration.ZERO;
    }

    private void disconnect() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                System.getLogger(Signals.class.getName())
                        .log(System.Logger.Level.DEBUG, "closing failed", e);
            }
        }
    }

    @Override
    public void close() {
        beat.close();
        disconnect();
    }
}
