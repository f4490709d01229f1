package org.rowhouse.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that the kernel's schema keeps, checked on a live database:
 *
 * <ul>
 *   <li>every table, column, function, type, and index of its own says what it is for;
 *   <li>every table has a primary key;
 *   <li>in a table that is spread over buckets, that is, whose column {@code bucket} may not be
 *       null, {@code bucket} comes first in the primary key and in every unique index;
 *   <li>a foreign key to such a table includes the bucket, so it never crosses from one to another.
 * </ul>
 */
public final class CatalogRules {
    private CatalogRules() {}

    /** Every breach in schema {@code rowhouse}, one sentence each; empty if all is well. */
    public static List<String> violations(Connection connection) throws SQLException {
        return violations(connection, "catalog/violations");
    }

    /** Every breach of what Citus asks of tables and functions, for {@link Distribution}. */
    public static List<String> distributionViolations(Connection connection) throws SQLException {
        return violations(connection, "catalog/distribution-violations");
    }

    private static List<String> violations(Connection connection, String file) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(SqlFile.read(CatalogRules.class, file))) {
            List<String> violations = new ArrayList<>();
            while (rows.next()) {
                violations.add(rows.getString(1));
            }
            return violations;
        }
    }
}
