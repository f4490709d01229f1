package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;

/**
 * The policy that holds now.
 *
 * @param change number of the change that put it in force
 * @param policy its text, with the values of its parameters
 * @param compiled the same in memory; null if only PostgreSQL can run it
 * @param fault why it cannot be run at all; null if it can
 */
record PolicyInForce(
        int change, Policy policy, @Nullable CompiledPolicy compiled, @Nullable String fault) {
    private static final NamedSql READ = NamedSql.load(PolicyInForce.class, "live/policy_in_force");

    /** Reads it; null if there is none yet. */
    static @Nullable PolicyInForce read(Connection connection) throws SQLException {
        return READ.first(
                connection,
                Map.of(),
                row ->
                        of(
                                row.getInt("number"),
                                row.getString("name"),
                                row.getString("text"),
                                row.getString("parameters")));
    }

    private static PolicyInForce of(int change, String name, String text, String parameters) {
        Policy policy = new Policy(name, text);
        try {
            policy = new Policy(name, PolicyParameters.fill(text, parameters));
            return new PolicyInForce(change, policy, policy.compile(), null);
        } catch (RowhouseException notCompiled) {
            try {
                PolicyGuard.check(policy);
                return new PolicyInForce(change, policy, null, null);
            } catch (RowhouseException e) {
                return new PolicyInForce(change, policy, null, e.getMessage());
            }
        }
    }
}
