package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.rowhouse.api.TaskState;
import org.rowhouse.store.Connections;
import org.rowhouse.store.NamedSql;

/**
 * Looks through every event of every task for what must never be: a transition that {@link
 * TaskState} does not allow, a gap in the numbers, an attempt that goes back, or a row that
 * disagrees with its last event. Run it after every scenario, also after crashes.
 */
final class TransitionChecker {
    private static final NamedSql ILLEGAL =
            NamedSql.load(TransitionChecker.class, "illegal_transitions");

    private TransitionChecker() {}

    /** One sentence for each thing that is wrong; empty when all is well. */
    static List<String> check(Connections connections) throws SQLException {
        List<String> from = new ArrayList<>();
        List<String> to = new ArrayList<>();
        for (TaskState state : TaskState.values()) {
            for (TaskState next : state.next()) {
                from.add(state.sqlName());
                to.add(next.sqlName());
            }
        }
        try (Connection connection = connections.connect("check")) {
            return ILLEGAL.rows(
                    connection, Map.of("from", from, "to", to), row -> row.getString("trouble"));
        }
    }
}
