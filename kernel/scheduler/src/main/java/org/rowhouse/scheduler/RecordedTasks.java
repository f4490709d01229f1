package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.UUID;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.NamedSql;

/**
 * Tasks that needed something of their node, as the tables remember them: the newest, so many at
 * most, streamed and never sorted by the database.
 */
final class RecordedTasks {
    private static final NamedSql SESSION =
            NamedSql.load(RecordedTasks.class, "live/history_session");
    private static final NamedSql READ = NamedSql.load(RecordedTasks.class, "live/recorded");
    private static final int FETCHED = 2_000;

    private final int most;
    private final PriorityQueue<Row> newest =
            new PriorityQueue<>(Comparator.comparingLong(Row::madeMs));

    /** From when on tasks were read; 0 if there were none. */
    private long begunMs;

    private boolean cut;
    private long leftOut;

    /** A task; -1 for a time that has not come. */
    private record Row(
            UUID id, int need, int priority, long madeMs, long readyMs, long beganMs, long ranMs) {
        long waitMs() {
            return Math.max(0, beganMs - readyMs);
        }
    }

    private RecordedTasks(int most) {
        this.most = most;
    }

    /** Reads those that were made within the last {@code since}. */
    static RecordedTasks read(Connection connection, Duration since, int most) throws SQLException {
        RecordedTasks recorded = new RecordedTasks(most);
        connection.setAutoCommit(false);
        try {
            SESSION.execute(
                    connection,
                    Map.of("ms", String.valueOf(SchedulerBounds.HISTORY_TIME.toMillis())));
            Map<String, Object> values =
                    Map.of("seconds", since.toMillis() / 1e3, "most", recorded.most);
            try (PreparedStatement statement = READ.prepare(connection, values)) {
                statement.setFetchSize(FETCHED);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        recorded.add(row);
                    }
                }
            }
            return recorded;
        } finally {
            if (!connection.isClosed()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    private void add(ResultSet row) throws SQLException {
        begunMs = Math.max(begunMs, row.getLong("begun_ms"));
        cut |= row.getBoolean("cut");
        UUID id = row.getObject("id", UUID.class);
        Row task =
                new Row(
                        id,
                        row.getInt("need"),
                        row.getInt("priority"),
                        new TaskId(id).epochMs(),
                        ms(row, "ready_ms"),
                        ms(row, "began_ms"),
                        ms(row, "ran_ms"));
        boolean waits = task.beganMs < 0 && "ready".equals(row.getString("state"));
        if (task.readyMs < 0 || (task.beganMs < 0 && !waits)) {
            leftOut++;
            return;
        }
        newest.add(task);
        if (newest.size() > most) {
            cut = true;
            begunMs = Math.max(begunMs, newest.remove().madeMs + 1);
        }
    }

    private static long ms(ResultSet row, String column) throws SQLException {
        long ms = row.getLong(column);
        return row.wasNull() ? -1 : ms;
    }

    int size() {
        return newest.size();
    }

    long begunMs() {
        return begunMs;
    }

    boolean cut() {
        return cut;
    }

    /** Tasks that ended before they began, or that are not ready yet. */
    long leftOut() {
        return leftOut;
    }

    /**
     * The tasks for a simulation, by arrival. A task that has not begun yet is held to run as long
     * as the others of its class have run, or as all have.
     */
    List<Trace.Task> trace(NeedTable needs, Connection connection) throws SQLException {
        needs.learn(connection, newest.stream().map(Row::need).toList());
        List<Row> rows = new ArrayList<>(newest);
        rows.sort(Comparator.comparingLong(Row::readyMs).thenComparing(Row::id));
        long zeroMs = rows.isEmpty() ? 0 : rows.getFirst().readyMs;
        Map<Integer, long[]> ran = new HashMap<>();
        long[] all = new long[2];
        for (Row row : rows) {
            if (row.beganMs >= 0) {
                for (long[] sum : List.of(ran.computeIfAbsent(row.need, _ -> new long[2]), all)) {
                    sum[0] += Math.max(0, row.ranMs);
                    sum[1]++;
                }
            }
        }
        List<Trace.Task> tasks = new ArrayList<>(rows.size());
        for (Row row : rows) {
            long[] others = ran.getOrDefault(row.need, all);
            long durationMs =
                    row.beganMs >= 0 ? Math.max(0, row.ranMs) : others[0] / Math.max(1, others[1]);
            tasks.add(
                    new Trace.Task(
                            needs.needs(row.need), row.priority, row.readyMs - zeroMs, durationMs));
        }
        return tasks;
    }

    /** How long they really waited. */
    PolicyTrial.Recorded waits() {
        long[] waits =
                newest.stream().filter(row -> row.beganMs >= 0).mapToLong(Row::waitMs).toArray();
        Arrays.sort(waits);
        return new PolicyTrial.Recorded(
                waits.length,
                newest.size() - waits.length,
                Arrays.stream(waits).average().orElse(0),
                TimedSimulation.quantile(waits, 0.5),
                TimedSimulation.quantile(waits, 0.99),
                TimedSimulation.quantile(waits, 1));
    }
}
