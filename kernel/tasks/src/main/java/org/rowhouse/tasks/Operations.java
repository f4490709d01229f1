package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/**
 * Calls the kernel's SQL functions for someone: on a connection of its own, so that a refusal or a
 * lost connection disturbs nobody else.
 */
final class Operations {
    private static final NamedSql SPEAK_FOR = NamedSql.load(Operations.class, "speak_for");

    private final Connections connections;
    private final String user;

    /**
     * @param user who asks; stands in events and in {@code changed_by}
     */
    Operations(Connections connections, String user) {
        this.connections = connections;
        this.user = user;
    }

    /**
     * Runs one statement and gives its rows.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT, NOT_FOUND or CONFLICT as the
     *     function says, or what the database's state makes of it
     */
    <T> List<T> call(
            NamedSql sql,
            Map<String, ? extends @Nullable Object> values,
            NamedSql.Reader<T> reader) {
        try (Connection connection = connections.connect("rowhouse-operations")) {
            var _ = SPEAK_FOR.rows(connection, Map.of("user", user), _ -> true);
            return sql.rows(connection, values, reader);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /** Runs one statement whose rows say nothing but that it was done; gives how many came. */
    int call(NamedSql sql, Map<String, ? extends @Nullable Object> values) {
        return call(sql, values, _ -> true).size();
    }
}
