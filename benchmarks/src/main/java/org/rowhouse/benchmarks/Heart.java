package org.rowhouse.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.SqlFile;
import org.rowhouse.tasks.Tasks;

/**
 * What a node does when there is nothing to do: a row in the table of nodes, and a connection that
 * renews its lease and looks for ready tasks, by the statements that nodes use.
 */
final class Heart implements AutoCloseable {
    private static final String BEGIN = SqlFile.read(Heart.class, "heart_begin");
    private static final String LAZY = SqlFile.read(Tasks.class, "renew_lazily");
    private static final NamedSql RENEW = NamedSql.load(Tasks.class, "renew_lease");

    /** The system call as it is, with the types that its requests would give it. */
    private static final NamedSql CLAIM =
            NamedSql.parse(
                    "claim",
                    SqlFile.read(Tasks.class, "claim")
                            .replace(
                                    "unnest(:queue, :node, :mine, :room, :suspects)",
                                    "unnest(:queue::text[], :node::int[], :mine::bool[],"
                                            + " :room::int[], :suspects::bool[])")
                            .replace(":bucket", "(:bucket)::smallint"));

    private static final long LEASE_MS = 2_500;

    /** In how many beats one looks for dead nodes, so that all together look 32 times a second. */
    private static final int BEATS_PER_LOOK = 94;

    private final Server server;
    private @Nullable Connection connection;
    private int number;
    private long beats;

    Heart(Server server) {
        this.server = server;
    }

    /** Renews the lease; gives the nanoseconds that this took. */
    synchronized long beatNs() {
        try {
            Connection current = connection == null ? begin() : connection;
            Map<String, Object> values =
                    Map.of(
                            "number",
                            number,
                            "lease_ms",
                            LEASE_MS,
                            "look",
                            ++beats % BEATS_PER_LOOK == 0,
                            "steady_ms",
                            0,
                            "through",
                            false,
                            "patience_ms",
                            0,
                            "running",
                            0,
                            "idle",
                            false);
            long fromNs = System.nanoTime();
            if (RENEW.rows(current, values, row -> true).isEmpty()) {
                throw new RowhouseException(
                        ErrorCode.CONFLICT, "The lease of heart " + number + " had run out.");
            }
            return System.nanoTime() - fromNs;
        } catch (SQLException failure) {
            throw server.unusable(failure);
        }
    }

    /** Looks for ready tasks in a queue that lies in one bucket; gives how many it claimed. */
    synchronized int claim(String queue, long bucket, int most) {
        try {
            Connection current = connection == null ? begin() : connection;
            Map<String, Object> values = new HashMap<>();
            values.put("queue", List.of(queue));
            values.put("node", List.of(number));
            values.put("mine", List.of(false));
            values.put("room", List.of(most));
            values.put("suspects", List.of(false));
            values.put("bucket", bucket);
            return CLAIM.rows(current, values, row -> true).size();
        } catch (SQLException failure) {
            throw server.unusable(failure);
        }
    }

    private Connection begin() throws SQLException {
        Connection fresh = server.connect("heart");
        connection = fresh;
        fresh.setSchema("rowhouse");
        for (String sql : List.of("listen rowhouse", LAZY)) {
            try (PreparedStatement statement = fresh.prepareStatement(sql)) {
                statement.execute();
            }
        }
        try (PreparedStatement begin = fresh.prepareStatement(BEGIN);
                ResultSet row = begin.executeQuery()) {
            row.next();
            number = row.getInt(1);
        }
        return fresh;
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException failure) {
                throw server.unusable(failure);
            }
        }
    }
}
