package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.SqlFile;

/**
 * A node's copy of the queues' settings: enough to know where a task goes and how to claim it.
 * Limits are kept by the claims.
 */
final class QueueTable {
    /** The queue of tasks that run at once. */
    static final String DIRECT = "direct";

    private static final String READ = SqlFile.read(QueueTable.class, "queues");

    private final Connections connections;
    private volatile Map<String, Queue> queues = Map.of();

    /**
     * @param bucket home of its tasks; null: any
     * @param ratePerSecond claims per second; null: no limit
     */
    record Queue(
            String name,
            @Nullable Integer bucket,
            boolean paused,
            boolean limited,
            @Nullable Double ratePerSecond) {}

    QueueTable(Connections connections) {
        this.connections = connections;
        reload();
    }

    /** Reads the table again. */
    void reload() {
        try (Connection connection = connections.connect("rowhouse-queues")) {
            reload(connection);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /** Reads the table again on a connection that is there: many nodes do so all the time. */
    void reload(Connection connection) throws SQLException {
        Map<String, Queue> fresh = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(READ);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String name = row.getString("name");
                double rate = row.getDouble("rate");
                Double ratePerSecond = row.wasNull() ? null : rate;
                boolean limited =
                        row.getBoolean("fair")
                                || row.getObject("concurrency") != null
                                || row.getObject("concurrency_per_node") != null
                                || ratePerSecond != null;
                short bucket = row.getShort("bucket");
                fresh.put(
                        name,
                        new Queue(
                                name,
                                row.wasNull() ? null : (int) bucket,
                                row.getBoolean("paused"),
                                limited,
                                ratePerSecond));
            }
        }
        queues = Map.copyOf(fresh);
    }

    /** All queues. */
    Iterable<Queue> all() {
        return queues.values();
    }

    /** The queue as last read; null if it was not there. */
    @Nullable Queue find(String name) {
        return queues.get(name);
    }

    /**
     * The queue of that name; reads the table again if it is not known.
     *
     * @throws RowhouseException NOT_FOUND
     */
    Queue get(String name) {
        Queue queue = queues.get(name);
        if (queue == null) {
            reload();
            queue = queues.get(name);
        }
        if (queue == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no queue '"
                            + name
                            + "'. Known: "
                            + queues.keySet().stream()
                                    .sorted()
                                    .limit(20)
                                    .collect(Collectors.joining(", "))
                            + ". Make it with `rowhouse queues set "
                            + name
                            + "`.");
        }
        return queue;
    }
}
