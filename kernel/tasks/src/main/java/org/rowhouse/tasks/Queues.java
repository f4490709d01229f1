package org.rowhouse.tasks;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.NamedSql;

/**
 * The queues' settings: declared, changed, paused and dropped while tasks wait and run. A door to
 * the SQL functions {@code rowhouse.set_queue} and its neighbours, which do and check everything;
 * all methods block until the change is durable, and nodes learn of it by signal.
 *
 * <p>All methods throw {@link RowhouseException} INVALID_ARGUMENT for what is out of bounds,
 * NOT_FOUND for an unknown queue, CONFLICT for what the queue's state does not allow.
 */
public final class Queues {
    private static final NamedSql DECLARE = NamedSql.load(Queues.class, "queue_declare");
    private static final NamedSql ALTER = NamedSql.load(Queues.class, "queue_alter");
    private static final NamedSql PAUSE = NamedSql.load(Queues.class, "queue_pause");
    private static final NamedSql RESUME = NamedSql.load(Queues.class, "queue_resume");
    private static final NamedSql DROP = NamedSql.load(Queues.class, "queue_drop");
    private static final NamedSql LIST = NamedSql.load(Queues.class, "queue_list");

    private final Operations operations;

    /**
     * What a queue shall be like. Null leaves a setting as it is, or at its default for a new
     * queue; 0 takes a limit away.
     *
     * @param concurrency how many of its tasks run at once in the cluster, 1 to 100,000
     * @param concurrencyPerNode how many of its tasks run at once on one node, 1 to 100,000
     * @param rateCount how many tasks may begin in each {@code ratePeriod}, 1 to 1,000,000
     * @param ratePeriod 1 ms to 366 days
     * @param fair takes turns between partitions
     * @param spread uses every bucket: the most throughput, but no limits and no fairness
     */
    public record Settings(
            @Nullable Integer concurrency,
            @Nullable Integer concurrencyPerNode,
            @Nullable Integer rateCount,
            @Nullable Duration ratePeriod,
            @Nullable Boolean fair,
            @Nullable Boolean spread) {
        /** All as it is. */
        public static final Settings UNCHANGED = new Settings(null, null, null, null, null, null);
    }

    /** A queue as it stands. Null limits: none. */
    public record Queue(
            String name,
            @Nullable Integer bucket,
            boolean paused,
            boolean fair,
            @Nullable Integer concurrency,
            @Nullable Integer concurrencyPerNode,
            @Nullable Integer rateCount,
            @Nullable Duration ratePeriod,
            String changedBy) {}

    /**
     * @param user who asks; stands in {@code changed_by}
     */
    public Queues(Connections connections, String user) {
        this.operations = new Operations(connections, user);
    }

    /** Makes the queue unless there is one: limits that someone changed later stay. True if new. */
    public boolean declare(String name, Settings settings) {
        return operations.call(DECLARE, values(name, settings)) > 0;
    }

    /** Changes a queue; counts from the next claim on. */
    public void alter(String name, Settings settings) {
        if (operations.call(ALTER, values(name, settings)) == 0) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no queue of that name to change. `rowhouse queues` lists them.");
        }
    }

    /** Nothing more is claimed from the queue; what runs goes on. */
    public void pause(String name) {
        operations.call(PAUSE, Map.of("name", name));
    }

    /** Its tasks are claimed again. */
    public void resume(String name) {
        operations.call(RESUME, Map.of("name", name));
    }

    /** Drops a queue that has no unended tasks and no schedule. */
    public void drop(String name) {
        operations.call(DROP, Map.of("name", name));
    }

    /** All queues by name. */
    public List<Queue> list() {
        return operations.call(LIST, Map.of(), Queues::queue);
    }

    private static Map<String, @Nullable Object> values(String name, Settings settings) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("concurrency", settings.concurrency);
        values.put("concurrency_per_node", settings.concurrencyPerNode);
        values.put("rate_count", settings.rateCount);
        Duration period = settings.ratePeriod;
        values.put("rate_period_ms", period == null ? null : period.toMillis());
        values.put("fair", settings.fair);
        values.put("spread", settings.spread);
        return values;
    }

    private static Queue queue(ResultSet row) throws SQLException {
        Long periodMs = row.getObject("rate_period_ms", Long.class);
        return new Queue(
                row.getString("name"),
                row.getObject("bucket", Integer.class),
                row.getBoolean("paused"),
                row.getBoolean("fair"),
                row.getObject("concurrency", Integer.class),
                row.getObject("concurrency_per_node", Integer.class),
                row.getObject("rate_count", Integer.class),
                periodMs == null ? null : Duration.ofMillis(periodMs),
                row.getString("changed_by"));
    }
}
