package org.rowhouse.scheduler;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Finds out about a policy before it counts: whether it runs, and how it would have done on
 * recorded tasks.
 *
 * <p>Owns no tables and writes nothing. A trial runs in this process, one at a time, within bounds
 * of tasks and time; the database only reads for it. Any thread.
 */
public final class PolicyLab {
    private static final NamedSql VERSION = NamedSql.load(PolicyLab.class, "live/policy_version");
    private static final NamedSql NAMES = NamedSql.load(PolicyLab.class, "live/policy_names");
    private static final NamedSql IN_FORCE = NamedSql.load(PolicyLab.class, "live/policy_in_force");
    private static final long SEED = 42;

    private final Connections connections;
    private final Semaphore room = new Semaphore(1);

    public PolicyLab(Connections connections) {
        this.connections = connections;
    }

    /** A policy as its row has it. */
    private record Stored(String name, int version, String text, String parameters) {
        Policy policy() {
            return new Policy(name, PolicyParameters.fill(text, parameters));
        }
    }

    private interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    private <T> T run(Work<T> work) {
        try (Connection connection = connections.connect("policy")) {
            return work.with(connection);
        } catch (SQLException e) {
            if ("57014".equals(e.getSQLState())) {
                throw new RowhouseException(
                        ErrorCode.TIMED_OUT,
                        "Reading what was recorded took longer than %d s: try a shorter time."
                                .formatted(SchedulerBounds.HISTORY_TIME.toSeconds()),
                        e);
            }
            throw DatabaseErrors.explain(e);
        }
    }

    /**
     * Says how a policy would run.
     *
     * @param parameters numbers by name, as a JSON object
     * @throws RowhouseException INVALID_ARGUMENT if nobody can run it, with the place and the
     *     reason
     */
    public PolicyCheck check(String name, String text, String parameters) {
        Policy policy = new Policy(name, PolicyParameters.fill(text, parameters));
        PolicyCheck check = PolicyCheck.of(policy);
        if (check.runs() == PolicyCheck.Runs.MEMORY) {
            return check;
        }
        return run(connection -> {
            PolicyRun.plan(connection, policy);
            return check;
        });
    }

    /**
     * Runs a policy, and the one in force, on tasks that were made within the last {@code since}.
     *
     * @param version null for the newest
     * @throws RowhouseException NOT_FOUND if there is no such policy, or nothing was recorded;
     *     INVALID_ARGUMENT if only PostgreSQL can run it, or it fails; TIMED_OUT if it takes too
     *     long; OVERLOADED while another one is tried
     */
    public PolicyTrial tryOn(String name, @Nullable Integer version, Duration since) {
        checkSince(since);
        if (!room.tryAcquire()) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED, "This node tries a policy already: try again later.");
        }
        try {
            return run(connection -> tryOn(connection, name, version, since));
        } finally {
            room.release();
        }
    }

    private static PolicyTrial tryOn(
            Connection connection, String name, @Nullable Integer version, Duration since)
            throws SQLException {
        Stored stored = stored(connection, name, version);
        CompiledPolicy compiled = compiled(stored);
        Stored holds = IN_FORCE.first(connection, Map.of(), PolicyLab::row);
        CompiledPolicy other = null;
        String notCompared = null;
        if (holds == null || holds.name.equals("none")) {
            notCompared = "The policy in force places nothing.";
        } else {
            try {
                other = compiled(holds);
            } catch (RowhouseException e) {
                notCompared = e.getMessage();
            }
        }
        RecordedTasks recorded =
                RecordedTasks.read(connection, since, SchedulerBounds.HISTORY_TASKS_MAX);
        List<Trace.Task> tasks = tasks(connection, recorded);
        List<Machine> nodes = machines(connection);
        List<TimedSimulation.DataOn> data =
                ClusterRows.data(connection).stream()
                        .map(one -> new TimedSimulation.DataOn(one.name(), one.node(), one.bytes()))
                        .toList();
        PolicyTrial.Side tried = side(stored, compiled, nodes, data, tasks);
        return new PolicyTrial(
                Instant.ofEpochMilli(recorded.begunMs()),
                recorded.cut(),
                tasks.size(),
                recorded.leftOut(),
                nodes.size(),
                tried,
                holds == null || other == null ? null : side(holds, other, nodes, data, tasks),
                notCompared,
                recorded.waits());
    }

    private static PolicyTrial.Side side(
            Stored stored,
            CompiledPolicy compiled,
            List<Machine> nodes,
            List<TimedSimulation.DataOn> data,
            List<Trace.Task> tasks) {
        return PolicyTrial.Side.of(
                stored.name,
                stored.version,
                TimedSimulation.run(
                        nodes, data, tasks, compiled, SEED, SchedulerBounds.TRIAL_TIME.toNanos()));
    }

    /**
     * Writes recorded tasks as a trace, in the form that {@link Trace#tasks} reads.
     *
     * @throws RowhouseException NOT_FOUND if nothing was recorded
     */
    public void writeTasks(Duration since, Appendable out) throws IOException {
        checkSince(since);
        List<Trace.Task> tasks =
                run(connection ->
                        tasks(
                                connection,
                                RecordedTasks.read(
                                        connection, since, SchedulerBounds.HISTORY_TASKS_MAX)));
        TraceWriter.tasks(tasks, out);
    }

    /**
     * Writes the nodes that tasks may be placed on, in the form that {@link Trace#nodes} reads.
     *
     * @throws RowhouseException INVALID_ARGUMENT if a node has devices of several kinds
     */
    public void writeNodes(Appendable out) throws IOException {
        TraceWriter.nodes(run(PolicyLab::machines), out);
    }

    private static List<Trace.Task> tasks(Connection connection, RecordedTasks recorded)
            throws SQLException {
        if (recorded.size() == 0) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "No task that needs something of its node was started in that time: there is"
                            + " nothing to try a policy on.");
        }
        return recorded.trace(
                new NeedTable(_ -> {
                    throw new IllegalStateException("all needs are learned");
                }),
                connection);
    }

    private static List<Machine> machines(Connection connection) throws SQLException {
        List<Machine> nodes =
                ClusterRows.nodes(connection).stream().map(ClusterRows.Node::machine).toList();
        if (nodes.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "No node is up that takes new tasks: there is nothing to place them on.");
        }
        return nodes;
    }

    private static CompiledPolicy compiled(Stored stored) {
        Policy policy = stored.policy();
        try {
            return policy.compile();
        } catch (RowhouseException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The policy '%s' runs in PostgreSQL only, and history is tried in memory. %s"
                            .formatted(stored.name, e.getMessage()),
                    e);
        }
    }

    private static Stored stored(Connection connection, String name, @Nullable Integer version)
            throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("version", version);
        Stored found = VERSION.first(connection, values, PolicyLab::row);
        if (found == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no policy '%s'%s. Policies: %s."
                            .formatted(
                                    name,
                                    version == null ? "" : ", version " + version,
                                    NAMES.first(connection, Map.of(), row -> row.getString(1))));
        }
        return found;
    }

    private static Stored row(java.sql.ResultSet row) throws SQLException {
        return new Stored(
                row.getString("name"),
                row.getInt("version"),
                row.getString("text"),
                row.getString("parameters"));
    }

    private static void checkSince(Duration since) {
        if (since.isNegative()
                || since.isZero()
                || since.compareTo(SchedulerBounds.HISTORY_MAX) > 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A policy is tried on the last 1 ms to %d days."
                            .formatted(SchedulerBounds.HISTORY_MAX.toDays()));
        }
    }
}
