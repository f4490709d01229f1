package org.rowhouse.store;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * What writing and restoring a backup have in common: reading the catalog and copying tables out.
 */
final class BackupTables {
    private BackupTables() {}

    /** A table as the catalog has it, and the statement that copies it out. */
    record Source(String schema, String name, List<String> columns, String copyOut) {
        String wholeName() {
            return schema + "." + name;
        }
    }

    /** Makes every server write values as the same text, and lets long statements run. */
    static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    set search_path = pg_catalog;
                    set timezone = 'UTC';
                    set intervalstyle = 'iso_8601';
                    set bytea_output = 'hex';
                    set extra_float_digits = 1;
                    set lc_monetary = 'C';
                    set check_function_bodies = off;
                    set statement_timeout = 0;
                    set lock_timeout = 0;
                    set idle_in_transaction_session_timeout = 0
                    """);
        }
    }

    static List<Source> list(Connection connection, List<String> schemas) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(SqlFile.read(BackupTables.class, "backup/tables"))) {
            statement.setArray(1, textArray(connection, schemas));
            List<Source> tables = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String[] columns = (String[]) rows.getArray("columns").getArray();
                    tables.add(
                            new Source(
                                    rows.getString("schema"),
                                    rows.getString("name"),
                                    Arrays.asList(columns),
                                    rows.getString("copy_out")));
                }
            }
            return tables;
        }
    }

    /** Copies all rows of {@code table} to {@code out} and sums them. */
    static TableSum copyOut(Connection connection, Source table, OutputStream out)
            throws SQLException, IOException {
        TableSum sum = new TableSum();
        CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(table.copyOut());
        try {
            for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
                sum.update(row, 0, row.length);
                out.write(row);
            }
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
        return sum;
    }

    static Array textArray(Connection connection, List<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }
}
