package org.rowhouse.node;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.calls.DurableRunner;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;
import org.rowhouse.tasks.Failure;
import org.rowhouse.tasks.Tasks;

/** Runs durable calls as tasks of this cluster. */
final class CallTasks implements DurableRunner {
    private static final NamedSql CANCEL = NamedSql.load(CallTasks.class, "cancel");

    private final Tasks tasks;
    private final Connections connections;

    CallTasks(Tasks tasks, Connections connections) {
        this.tasks = tasks;
        this.connections = connections;
    }

    @Override
    public Outcome start(
            @Nullable TaskId id,
            String component,
            String version,
            String function,
            String inputJson,
            @Nullable Duration timeout) {
        StartOptions options =
                timeout == null ? StartOptions.DIRECT : StartOptions.DIRECT.timeout(timeout);
        return outcome(
                function,
                tasks.started(
                        new Tasks.Request(
                                component, version, function, inputJson, options, "call", id)));
    }

    @Override
    public Outcome await(TaskId id, Duration atMost) {
        return outcome("The call's task " + id, tasks.await(id, atMost));
    }

    private static Outcome outcome(String what, Tasks.Outcome outcome) {
        TaskState state = outcome.state();
        if (!state.ended()) {
            return new Outcome(outcome.id(), State.UNDER_WAY, null, null);
        }
        if (state == TaskState.SUCCEEDED) {
            return new Outcome(outcome.id(), State.SUCCEEDED, outcome.outputJson(), null);
        }
        return new Outcome(outcome.id(), State.FAILED, null, error(what, outcome));
    }

    private static RowhouseException error(String what, Tasks.Outcome outcome) {
        Failure failure = outcome.error();
        if (failure == null) {
            return new RowhouseException(
                    ErrorCode.FUNCTION_FAILED, what + " is " + outcome.state().sqlName() + ".");
        }
        return new RowhouseException(
                failure.errorCode(),
                failure.type() == null
                        ? failure.message()
                        : what + " failed: " + failure.type() + ": " + failure.message());
    }

    @Override
    public void cancel(TaskId id) {
        try (Connection connection = connections.connect("rowhouse-calls")) {
            CANCEL.execute(connection, Map.of("ids", List.of(id.value()), "children", true));
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }
}
